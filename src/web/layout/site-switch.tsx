import { NativeSelect } from '@mantine/core';
import { useChosenSite } from '../api/current-site.ts';
import { useSites } from '../api/queries.ts';
import { texts } from '../texts/en.ts';

/** Which site the screens are of; with one site there is nothing to choose. */
export function SiteSwitch() {
  const sites = useSites().data ?? [];
  const [site, choose] = useChosenSite();
  if (sites.length < 2) return null;
  const known = sites.some(({ name }) => name === site) ? site : null;
  return (
    <NativeSelect
      size="xs"
      aria-label={texts.nav.site}
      value={known ?? ''}
      onChange={(event) => choose(event.currentTarget.value || null)}
      data={[{ value: '', label: texts.nav.allSites }, ...sites.map(({ name }) => ({ value: name, label: name }))]}
      maw={180}
    />
  );
}

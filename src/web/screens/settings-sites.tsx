import { Button, Group, Paper, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Diagnosis, SiteAnswer } from '#server/contract/site-contract.ts';
import { api } from '../api/client.ts';
import { useChange, useSites } from '../api/queries.ts';
import { bytes, dateTime } from '../format/format.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Empty } from '../parts/empty.tsx';
import { Facts } from '../parts/facts.tsx';
import { Failure } from '../parts/failure.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { texts } from '../texts/en.ts';
import { AddSite } from './add-site.tsx';
import { DiagnosisSteps } from './diagnosis-steps.tsx';

const t = texts.settings;

/** Sites, each with a test of everything that a backup needs. One that was just added is tested at once. */
export function Sites({ mayChange }: { mayChange: boolean }) {
  const sites = useSites();
  const [isAdding, add] = useState(false);
  const [added, setAdded] = useState<string | null>(null);
  return (
    <Stack>
      {mayChange ? (
        <Group>
          <Button onClick={() => add(true)}>{t.addSite}</Button>
        </Group>
      ) : null}
      <Loaded of={sites}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="site" text={texts.backup.noSite} />
          ) : (
            all.map(({ name }) => <SiteCard key={name} name={name} mayChange={mayChange} isNew={name === added} />)
          )
        }
      </Loaded>
      {isAdding ? <AddSite onClose={() => add(false)} onAdded={setAdded} /> : null}
    </Stack>
  );
}

function SiteCard({ name, mayChange, isNew }: { name: string; mayChange: boolean; isNew: boolean }) {
  const path = `/api/sites/${name}`;
  const site = useQuery({ queryKey: ['sites', name], queryFn: () => api<SiteAnswer>(path) });
  const test = useChange((_: object) => api<Diagnosis>(`${path}/test`, { body: {} }));
  const remove = useChange((_: object) => api(path, { method: 'DELETE' }), 'sites', 'me');
  const upgrade = useChange((upgrading: boolean) => api(`${path}/upgrade`, { method: 'PUT', body: { upgrading } }), 'sites');
  const [isRemoving, askRemove] = useState(false);
  const failure = [test, remove, upgrade].find(({ isError }) => isError);
  const { mutate } = test;
  useEffect(() => {
    if (isNew) mutate({});
  }, [isNew, mutate]);
  const isUpgrading = site.data?.upgradingSince != null;
  return (
    <Paper component="section" aria-label={name}>
      <div className="panel-title">
        <Title order={2}>{name}</Title>
        <Group gap="xs">
          <Button size="xs" variant="default" loading={test.isPending} onClick={() => mutate({})}>
            {t.test}
          </Button>
          <Button size="xs" variant="default" loading={upgrade.isPending} onClick={() => upgrade.mutate(!isUpgrading)}>
            {isUpgrading ? t.upgradeOver : t.upgradeBegins}
          </Button>
          {mayChange && site.data?.origin === 'database' ? (
            <Button size="xs" variant="subtle" color="red" onClick={() => askRemove(true)}>
              {texts.common.remove}
            </Button>
          ) : null}
        </Group>
      </div>
      <Loaded of={site}>{(one) => <SiteFacts site={one} />}</Loaded>
      {failure ? <Failure error={failure.error} /> : null}
      {test.data ? <DiagnosisSteps of={test.data} /> : null}
      {isRemoving ? (
        <Confirm
          title={texts.common.remove}
          text={t.removeSite(name)}
          word={name}
          action={texts.common.remove}
          onConfirm={() => remove.mutate({})}
          onClose={() => askRemove(false)}
        />
      ) : null}
    </Paper>
  );
}

function SiteFacts({ site }: { site: SiteAnswer }) {
  return (
    <Facts
      of={[
        [t.database, site.sandbox ? t.sandbox(site.sandbox) : site.databaseUrl],
        [t.home, site.home],
        [t.localHome, site.localHome],
        [t.install, site.install],
        [t.backupFolder, site.backupFolder],
        [t.nodes, site.nodeUrls.length > 0 ? site.nodeUrls.join(', ') : null],
        [t.limit, site.limitRate === null ? null : `${bytes(site.limitRate)}/s`],
        [t.origin, site.origin === 'file' ? t.inFile : null],
        [t.upgrading, site.upgradingSince ? dateTime(site.upgradingSince) : null],
      ]}
    />
  );
}

import { Button, Group, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import type { SnapshotAnswer, SnapshotDetails } from '#server/contract/vault-contract.ts';
import { api } from '../../api/client.ts';
import { useSpaces } from '../../api/queries.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { PickList } from '../../parts/pick-list.tsx';
import { texts } from '../../texts/en.ts';
import { isAdministratorOf } from './rights.ts';
import type { StepProps } from './step-props.ts';

const t = texts.restore;

interface Space {
  key: string;
  name: string | null;
}

/** Which spaces of a snapshot. Who administers spaces alone is offered his own. */
export function SnapshotSpaces({ me, draft, change, snapshot }: StepProps & { snapshot: SnapshotAnswer }) {
  const onChange = (spaceKeys: string[]) => change({ spaceKeys });
  const part = { chosen: draft.spaceKeys, onChange };
  return isAdministratorOf(me, snapshot.site) ? (
    <OfSnapshot snapshot={snapshot} {...part} />
  ) : (
    <Own snapshot={snapshot} {...part} />
  );
}

interface Choice {
  snapshot: SnapshotAnswer;
  chosen: string[];
  onChange: (keys: string[]) => void;
}

function OfSnapshot({ snapshot: { vault, id }, ...choice }: Choice) {
  const details = useQuery({
    queryKey: ['snapshot', vault, id],
    queryFn: () => api<SnapshotDetails>(`/api/vaults/${vault}/snapshots/${id}`),
  });
  return <Loaded of={details}>{({ spaces }) => <SpaceChoice spaces={spaces} {...choice} />}</Loaded>;
}

function Own({ snapshot, ...choice }: Choice) {
  const spaces = useSpaces(snapshot.site, '');
  return (
    <Loaded of={spaces}>
      {(own) => {
        const names = new Map(own.map(({ key, name }) => [key, name]));
        return <SpaceChoice spaces={snapshot.spaceKeys.map((key) => ({ key, name: names.get(key) ?? null }))} {...choice} />;
      }}
    </Loaded>
  );
}

/** Spaces with a search; what is chosen stays chosen while one looks for others. */
export function SpaceChoice({
  spaces,
  chosen,
  onChange,
}: {
  spaces: readonly Space[];
  chosen: string[];
  onChange: (keys: string[]) => void;
}) {
  const [search, setSearch] = useState('');
  const word = useDeferredValue(search).trim().toLowerCase();
  const found = spaces.filter(({ key, name }) => `${key} ${name ?? ''}`.toLowerCase().includes(word));
  return (
    <fieldset className="plain">
      <Group justify="space-between" mb={4}>
        <Text component="legend" size="sm" fw={500}>
          {t.pick}
        </Text>
        <Text size="xs" c="dimmed" aria-live="polite">
          {texts.backup.chosen(chosen.length)}
        </Text>
      </Group>
      {spaces.length > 8 ? (
        <TextInput
          aria-label={t.searchSpaces}
          placeholder={t.searchSpaces}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          mb="xs"
        />
      ) : null}
      <Group gap="sm" mb={4}>
        <Button
          size="compact-xs"
          variant="subtle"
          disabled={found.length === 0}
          onClick={() => onChange([...new Set([...chosen, ...found.map(({ key }) => key)])])}
        >
          {t.all(found.length)}
        </Button>
        <Button size="compact-xs" variant="subtle" disabled={chosen.length === 0} onClick={() => onChange([])}>
          {t.none}
        </Button>
      </Group>
      <PickList label={t.pick} items={found} chosen={chosen} onChange={onChange} />
    </fieldset>
  );
}

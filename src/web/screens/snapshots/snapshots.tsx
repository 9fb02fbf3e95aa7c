import { Anchor, Badge, Group, Paper, Select, Text, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { useChosenSite } from '../../api/current-site.ts';
import { useAllSnapshots } from '../../api/queries.ts';
import { bytes, count, dateTime, duration, relative } from '../../format/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Rows } from '../../parts/rows.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';
import { filterSnapshots, type SnapshotFilter, snapshotFilters } from './snapshot-filter.ts';
import { Timeline } from './timeline.tsx';

const t = texts.snapshots;

/** The snapshots of all vaults, the newest first: when each was made, what it added and how far it is proven. */
export function Snapshots() {
  const snapshots = useAllSnapshots();
  const [site] = useChosenSite();
  return (
    <Page title={t.title}>
      <Loaded of={snapshots}>
        {(known) => {
          const all = known.filter((one) => site === null || one.site === site);
          if (all.length > 0) return <Found snapshots={all} />;
          return (
            <Paper>
              <Empty icon="snapshots" text={t.empty} />
            </Paper>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Found({ snapshots }: { snapshots: SnapshotAnswer[] }) {
  const [filter, setFilter] = useState<SnapshotFilter>('all');
  const [search, setSearch] = useState('');
  const found = filterSnapshots(snapshots, filter, useDeferredValue(search), dateTime);
  return (
    <>
      <Panel title={t.timeline}>
        <Timeline snapshots={found.length > 0 ? found : snapshots} />
      </Panel>
      <Paper>
        <Group gap="sm" mb="sm" align="flex-end">
          <Select
            size="xs"
            label={t.filter}
            data={snapshotFilters.map((value) => ({ value, label: t.filters[value] }))}
            value={filter}
            onChange={(value) => setFilter((value ?? 'all') as SnapshotFilter)}
            allowDeselect={false}
          />
          <TextInput
            size="xs"
            label={texts.common.search}
            placeholder={t.searchAll}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            w={280}
            maw="100%"
          />
          <Text size="xs" c="dimmed" aria-live="polite" pb={6}>
            {t.found(found.length)}
          </Text>
        </Group>
        {found.length === 0 ? <Empty icon="snapshots" text={t.noMatch} /> : <List snapshots={found} />}
      </Paper>
    </>
  );
}

function List({ snapshots }: { snapshots: SnapshotAnswer[] }) {
  return (
    <Rows
      label={t.title}
      items={snapshots}
      keyOf={({ vault, id }) => `${vault}/${id}`}
      columns="10.5rem minmax(7rem, 1fr) minmax(13rem, 2fr) 6rem minmax(7rem, 1fr) minmax(14rem, 1.4fr)"
      least="60rem"
      head={[t.time, t.site, t.content, t.added, t.tags, t.drill]}
      row={(one) => [
        <Anchor key="time" component={Link} to={`/snapshots/${one.vault}/${one.id}`} size="sm">
          {dateTime(one.time)}
        </Anchor>,
        `${one.site} (${one.vault})`,
        contentOf(one),
        bytes(one.statistics.storedBytes),
        <Marks key="marks" snapshot={one} />,
        <Proven key="proven" snapshot={one} />,
      ]}
    />
  );
}

function contentOf({ scope, spaceKeys, statistics }: SnapshotAnswer): string {
  const what = scope === 'site' ? t.whole : spaceKeys.slice(0, 3).join(', ');
  return `${what}: ${count(statistics.rows)} ${t.rows}, ${count(statistics.files)} ${t.files}`;
}

/** Protection and origin, then tags. */
export function Marks({ snapshot }: { snapshot: SnapshotAnswer }) {
  return (
    <Group gap={4} wrap="nowrap">
      {snapshot.protected ? (
        <Badge size="sm" variant="outline">
          {t.protected}
        </Badge>
      ) : null}
      {snapshot.kind === 'live' ? null : (
        <Badge size="sm" variant="outline" color="gray">
          {t.imported}
        </Badge>
      )}
      {snapshot.repaired ? (
        <Badge size="sm" variant="outline" color="orange">
          {t.repaired}
        </Badge>
      ) : null}
      {snapshot.tags.map((tag) => (
        <Badge key={tag} size="sm" variant="light">
          {tag}
        </Badge>
      ))}
    </Group>
  );
}

/** What its last drill said. */
export function Proven({ snapshot: { drills } }: { snapshot: SnapshotAnswer }) {
  const last = drills.at(-1);
  if (!last) return <State tone="off">{t.provenNever}</State>;
  return last.ok ? (
    <State tone="ok">{t.provenOf(relative(last.time), duration(last.seconds))}</State>
  ) : (
    <State tone="failed">{t.provenFailed(relative(last.time))}</State>
  );
}

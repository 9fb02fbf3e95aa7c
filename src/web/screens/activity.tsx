import { Button, Checkbox, Group, Select, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useChosenSite } from '../api/current-site.ts';
import { useJobs } from '../api/queries.ts';
import { Empty } from '../parts/empty.tsx';
import { JobTable } from '../parts/job-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Panel } from '../parts/panel.tsx';
import { texts } from '../texts/en.ts';

const t = texts.backup;
const tasks = [
  'site-backup',
  'space-backup',
  'site-restore',
  'space-restore',
  'snapshot',
  'restore-snapshot',
  'export',
  'import',
];
/** What the page says of a state, and the states that it means. */
const statuses: [states: string, label: string][] = [
  ['PROCESSING,COMPLETING', texts.states.PROCESSING],
  ['QUEUED', texts.states.QUEUED],
  ['FINISHED', texts.states.FINISHED],
  ['FAILED', texts.states.FAILED],
  ['CANCELLED,CANCELLING', texts.states.CANCELLED],
];

/** What happened in the last two weeks. Scheduled backups are not shown unless asked for, as on Confluence's page. */
export function Activity() {
  const [site] = useChosenSite();
  const [type, setType] = useState<string | null>(null);
  const [states, setStates] = useState<string | null>(null);
  const [owner, setOwner] = useState('');
  const [isScheduledShown, showScheduled] = useState(false);
  const jobs = useJobs({
    site: site ?? undefined,
    types: type ?? undefined,
    states: states ?? undefined,
    owner: owner.trim().toLowerCase() || undefined,
    schedules: isScheduledShown ? 'include' : 'leave-out',
    limit: 1000,
  });
  const isFiltered = type !== null || states !== null || owner !== '';
  const clear = () => {
    setType(null);
    setStates(null);
    setOwner('');
  };
  return (
    <Panel
      title={t.activity}
      side={
        <Text size="xs" c="dimmed">
          {jobs.data ? t.found(jobs.data.total) : t.twoWeeks}
        </Text>
      }
    >
      <Group mb="sm" gap="sm">
        <Select
          aria-label={t.type}
          placeholder={t.allTypes}
          data={tasks.map((value) => ({ value, label: texts.types[value] }))}
          value={type}
          onChange={setType}
          clearable
          clearButtonProps={{ 'aria-label': t.allTypes }}
          size="xs"
          w={190}
        />
        <Select
          aria-label={t.status}
          placeholder={t.allStates}
          data={statuses.map(([value, label]) => ({ value, label }))}
          value={states}
          onChange={setStates}
          clearable
          clearButtonProps={{ 'aria-label': t.allStates }}
          size="xs"
          w={150}
        />
        <TextInput
          aria-label={t.user}
          placeholder={t.user}
          value={owner}
          onChange={(event) => setOwner(event.currentTarget.value)}
          size="xs"
          w={140}
        />
        <Checkbox
          label={t.scheduled}
          checked={isScheduledShown}
          onChange={(event) => showScheduled(event.currentTarget.checked)}
        />
      </Group>
      <Loaded of={jobs}>
        {({ jobs: found }) =>
          found.length > 0 ? (
            <JobTable jobs={found} />
          ) : isFiltered ? (
            <Empty text={t.noMatch}>
              <Button size="xs" variant="default" onClick={clear}>
                {t.clearFilters}
              </Button>
            </Empty>
          ) : (
            <Empty icon="backup" text={t.empty} />
          )
        }
      </Loaded>
    </Panel>
  );
}

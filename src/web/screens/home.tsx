import { Anchor, Button, Group, List, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import type { SnapshotAnswer, VaultAnswer } from '#server/contract/vault-contract.ts';
import {
  type SiteSummary,
  useJobs,
  useMe,
  useSchedules,
  useSites,
  useSnapshots,
  useStartJob,
  useVaults,
} from '../api/queries.ts';
import { bytes, dateTime, duration, relative } from '../format/format.ts';
import { Bars } from '../parts/bars.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { State, type Tone } from '../parts/state.tsx';
import { texts } from '../texts/en.ts';
import { type Day, daysOf } from './home-days.ts';

const t = texts.home;
const monthMs = 30 * 86_400_000;

/** One honest sentence first, then what it rests on. */
export function Home() {
  const me = useMe().data;
  const isServer = me?.role === 'server-administrator';
  const since = new Date(Math.floor((Date.now() - monthMs) / 3_600_000) * 3_600_000).toISOString();
  const jobs = useJobs({ schedules: 'include', from: since, limit: 1000 });
  const schedules = useSchedules();
  const snapshots = useSnapshots();
  const sites = useSites();
  const vaults = useVaults(isServer);
  return (
    <Page title={t.title}>
      <Loaded of={schedules}>
        {(allSchedules) => (
          <Loaded of={snapshots}>
            {(allSnapshots) => (
              <Loaded of={jobs}>
                {({ jobs: all }) => (
                  <Stack>
                    <Sentence schedules={allSchedules} snapshots={allSnapshots} jobs={all} />
                    <Attention schedules={allSchedules} jobs={all} vaults={vaults.data ?? []} />
                    {allSnapshots.length === 0 ? <FirstSteps sites={sites.data ?? []} vaults={vaults.data ?? []} /> : null}
                    <Strips schedules={allSchedules} jobs={all} />
                    {allSnapshots.length > 0 ? <Sizes snapshots={allSnapshots} /> : null}
                  </Stack>
                )}
              </Loaded>
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function Sentence({
  schedules,
  snapshots,
  jobs,
}: {
  schedules: ScheduleAnswer[];
  snapshots: SnapshotAnswer[];
  jobs: JobAnswer[];
}) {
  const backups = schedules.filter(({ settings, enabled }) => settings.kind === 'backup' && enabled);
  const last = snapshots.find(({ scope, repaired }) => scope === 'site' && !repaired);
  const next = backups.flatMap(({ nextRuns }) => nextRuns.slice(0, 1)).sort()[0];
  const drill = snapshots.flatMap(({ drills }) => drills.filter(({ ok }) => ok)).sort((a, b) => (a.time < b.time ? 1 : -1))[0];
  const isRunning = jobs.some(({ type, state }) => type === 'snapshot' && (state === 'PROCESSING' || state === 'COMPLETING'));
  const [tone, words]: [Tone, string] = isRunning
    ? ['running', t.running]
    : backups.some(({ state }) => state === 'overdue')
      ? ['failed', t.overdue]
      : backups.some(({ state }) => state === 'failing')
        ? ['failed', t.failing]
        : backups.some(({ state }) => state === 'warning')
          ? ['warning', t.attention]
          : last && backups.length > 0
            ? ['ok', t.protected]
            : ['warning', last ? t.unscheduled : t.unprotected];
  return (
    <Paper p="lg">
      <Text size="xl" fw={600} component="p" m={0}>
        <State tone={tone}>{words}</State>
      </Text>
      <dl className="facts" style={{ marginTop: '1rem' }}>
        <Fact name={t.lastBackup}>{last ? `${dateTime(last.time)} (${relative(last.time)})` : texts.common.never}</Fact>
        <Fact name={t.nextBackup}>{next ? `${dateTime(next)} (${relative(next)})` : texts.common.none}</Fact>
        <Fact name={t.lastDrill}>{drill ? `${relative(drill.time)}; ${t.recovery} ${duration(drill.seconds)}` : t.noDrill}</Fact>
      </dl>
    </Paper>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Attention({ schedules, jobs, vaults }: { schedules: ScheduleAnswer[]; jobs: JobAnswer[]; vaults: VaultAnswer[] }) {
  const week = Date.now() - 7 * 86_400_000;
  const failed = jobs.filter(({ state, createdOn }) => state === 'FAILED' && Date.parse(createdOn) > week).slice(0, 5);
  const amiss = schedules.filter(({ state }) => state === 'overdue' || state === 'failing');
  const damaged = vaults.filter(({ checkOk }) => checkOk === false);
  return (
    <Paper>
      <Title order={2} mb="xs">
        {t.attentionTitle}
      </Title>
      {failed.length + amiss.length + damaged.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t.nothing}
        </Text>
      ) : (
        <List size="sm" spacing={4}>
          {amiss.map((one) => (
            <List.Item key={one.id}>
              <Anchor component={Link} to="/schedules" size="sm" underline="always">
                {one.name}
              </Anchor>
              {`: ${texts.schedules.states[one.state]}. ${one.lastNote ?? ''}`}
            </List.Item>
          ))}
          {damaged.map((one) => (
            <List.Item key={one.name}>
              <Anchor component={Link} to="/storage" size="sm" underline="always">
                {one.name}
              </Anchor>
              {`: ${texts.storage.problems}`}
            </List.Item>
          ))}
          {failed.map((one) => (
            <List.Item key={one.id}>
              <Anchor component={Link} to={`/jobs/${one.id}`} size="sm" underline="always">
                {texts.types[one.type] ?? one.type}
              </Anchor>
              {`, ${dateTime(one.createdOn)}: ${one.error?.message ?? ''}`}
            </List.Item>
          ))}
        </List>
      )}
    </Paper>
  );
}

function FirstSteps({ sites, vaults }: { sites: SiteSummary[]; vaults: VaultAnswer[] }) {
  const start = useStartJob();
  const navigate = useNavigate();
  const [site, vault] = [sites[0]?.name, vaults[0]?.name];
  return (
    <Paper>
      <Title order={2}>{t.firstSteps}</Title>
      <Text size="sm" my="xs">
        {t.firstText}
      </Text>
      <Group>
        <Button
          disabled={!site || !vault}
          loading={start.isPending}
          onClick={() =>
            start.mutate({ type: 'snapshot', site, vault }, { onSuccess: ({ id }) => void navigate({ to: `/jobs/${id}` }) })
          }
        >
          {t.backUpNow}
        </Button>
        <Button component={Link} to="/schedules" variant="default">
          {t.openSchedules}
        </Button>
      </Group>
    </Paper>
  );
}

function Strips({ schedules, jobs }: { schedules: ScheduleAnswer[]; jobs: JobAnswer[] }) {
  if (schedules.length === 0) return null;
  return (
    <Paper>
      <Title order={2} mb="sm">
        {t.strip}
      </Title>
      <Stack gap="sm">
        {schedules.map((one) => {
          const days = daysOf(one, jobs, Date.now());
          return (
            <div key={one.id}>
              <Group justify="space-between" gap="xs">
                <Text size="sm">{one.site ? `${one.name} (${one.site})` : one.name}</Text>
                <Text size="xs" c="dimmed">
                  {`${texts.schedules.states[one.state]}, ${one.words}`}
                </Text>
              </Group>
              <div className="strip" role="img" aria-label={wordsOf(days)}>
                {days.map(({ date, state }) => (
                  <span key={date} data-day={state} title={`${date}: ${t.days[state]}`} />
                ))}
              </div>
            </div>
          );
        })}
      </Stack>
    </Paper>
  );
}

function wordsOf(days: Day[]): string {
  const counts = new Map<Day['state'], number>();
  for (const { state } of days) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, n]) => `${n} ${t.days[state]}`).join(', ');
}

function Sizes({ snapshots }: { snapshots: SnapshotAnswer[] }) {
  const oldestFirst = [...snapshots].reverse().slice(-60);
  const stored = snapshots.reduce((sum, { statistics }) => sum + statistics.storedBytes, 0);
  const held = snapshots.reduce((sum, { statistics }) => sum + statistics.rowBytes + statistics.fileBytes, 0);
  return (
    <Paper>
      <Title order={2} mb="sm">
        {t.vault}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <dl className="facts">
          <Fact name={t.stored}>{bytes(stored)}</Fact>
          <Fact name={t.dedup}>{`${bytes(held)} (${stored > 0 ? Math.round((10 * held) / stored) / 10 : 0}\u00d7)`}</Fact>
        </dl>
        <Bars
          label={t.perNight}
          bars={oldestFirst.map(({ id, time, statistics }) => ({
            key: id,
            value: statistics.storedBytes,
            title: `${dateTime(time)}: ${bytes(statistics.storedBytes)}`,
          }))}
        />
      </SimpleGrid>
    </Paper>
  );
}

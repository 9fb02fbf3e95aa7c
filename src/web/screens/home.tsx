import { Button, Group, Stack, Text } from '@mantine/core';
import { Link, Navigate, useNavigate } from '@tanstack/react-router';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { useChosenSite } from '../api/current-site.ts';
import {
  useJobs,
  useMe,
  useSchedules,
  useSites,
  useSnapshots,
  useStartJob,
  useVaultStatuses,
  useVaults,
} from '../api/queries.ts';
import { isSiteAdministrator } from '../layout/shell.tsx';
import { Failure } from '../parts/failure.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { texts } from '../texts/en.ts';
import { Attention } from './home-attention.tsx';
import { addedPerDay, daysUntilFull } from './home-growth.ts';
import { Sentence } from './home-sentence.tsx';
import { Strips } from './home-strips.tsx';
import { Vaults } from './home-vaults.tsx';
import { type Facts, verdictOf } from './home-verdict.ts';

const t = texts.home;
const monthMs = 30 * 86_400_000;

/** One honest sentence first, then what it rests on. Who administers spaces alone begins with those. */
export function Home() {
  const me = useMe().data;
  return me && !isSiteAdministrator(me) ? <Navigate to="/spaces" replace /> : <Overview />;
}

function Overview() {
  const isServer = useMe().data?.role === 'server-administrator';
  const [site] = useChosenSite();
  const since = new Date(Math.floor((Date.now() - monthMs) / 3_600_000) * 3_600_000).toISOString();
  const jobs = useJobs({ schedules: 'include', from: since, limit: 1000 });
  const schedules = useSchedules();
  const snapshots = useSnapshots();
  const vaults = useVaults(isServer);
  const statuses = useVaultStatuses((vaults.data ?? []).map(({ name }) => name));
  return (
    <Page title={t.title}>
      <Loaded of={schedules}>
        {(allSchedules) => (
          <Loaded of={snapshots}>
            {(allSnapshots) => (
              <Loaded of={jobs}>
                {({ jobs: allJobs }) => {
                  const now = Date.now();
                  const fullIn = new Map<string, number>();
                  for (const [name, { freeBytes }] of statuses) {
                    const ofVault = allSnapshots.filter(({ vault }) => vault === name);
                    const days = daysUntilFull(freeBytes, addedPerDay(ofVault, now));
                    if (days !== null) fullIn.set(name, days);
                  }
                  const facts: Facts = {
                    schedules: ofSite(allSchedules, site),
                    snapshots: ofSite(allSnapshots, site),
                    jobs: ofSite(allJobs, site),
                    vaults: vaults.data ?? [],
                    fullIn,
                    now,
                  };
                  return (
                    <Stack>
                      <Sentence verdict={verdictOf(facts)} />
                      <Attention facts={facts} />
                      {facts.snapshots.length === 0 ? <FirstSteps /> : null}
                      <Strips schedules={facts.schedules} jobs={facts.jobs} now={now} />
                      <Vaults snapshots={facts.snapshots} statuses={statuses} fullIn={fullIn} now={now} />
                    </Stack>
                  );
                }}
              </Loaded>
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

/** What belongs to the chosen site, or to none. */
function ofSite<One extends JobAnswer | ScheduleAnswer | SnapshotAnswer>(all: readonly One[], site: string | null): One[] {
  return all.filter((one) => site === null || one.site === null || one.site === site);
}

function FirstSteps() {
  const sites = useSites().data ?? [];
  const vaults = useVaults().data ?? [];
  const start = useStartJob();
  const navigate = useNavigate();
  const [site, vault] = [sites[0]?.name, vaults[0]?.name];
  return (
    <Panel title={t.firstSteps}>
      <Stack gap="sm">
        <Text size="sm">{t.firstText}</Text>
        {start.isError ? <Failure error={start.error} /> : null}
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
      </Stack>
    </Panel>
  );
}

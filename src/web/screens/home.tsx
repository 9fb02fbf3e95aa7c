import { Stack } from '@mantine/core';
import { Navigate } from '@tanstack/react-router';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { useChosenSite } from '../api/current-site.ts';
import { useJobs, useMe, useSchedules, useSnapshots, useVaultStatuses, useVaults } from '../api/queries.ts';
import { isSiteAdministrator } from '../layout/shell.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { texts } from '../texts/en.ts';
import { isProtected } from './first-run/guide-state.ts';
import { HomeGuide } from './first-run/home-guide.tsx';
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
                      <HomeGuide isNeeded={!isProtected(facts.snapshots, facts.schedules)} />
                      <Attention facts={facts} />
                      <Strips schedules={facts.schedules} jobs={facts.jobs} now={now} />
                      <Vaults snapshots={facts.snapshots} statuses={statuses} isWhole={site === null} fullIn={fullIn} now={now} />
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

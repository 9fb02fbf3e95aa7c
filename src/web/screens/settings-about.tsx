import { Anchor, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { bytes, count } from '../format/format.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Panel } from '../parts/panel.tsx';
import { texts } from '../texts/en.ts';

const t = texts.about;

interface AboutAnswer {
  version: string;
  node: string;
  dataFolder: string;
  dataFolderFreeBytes: number | null;
  dataFolderBytes: number;
  controlDatabase: string;
  controlDatabaseBytes: number;
  parallelJobs: number;
  workerMemory: number;
  keepFilesHours: number;
  counts: { sites: number; vaults: number; snapshots: number; jobs: number };
}

/** What this server is, and where to read on. */
export function About() {
  const about = useQuery({ queryKey: ['about'], queryFn: () => api<AboutAnswer>('/api/about') });
  return (
    <Panel title={texts.settings.about}>
      <Loaded of={about}>
        {(one) => (
          <Stack>
            <Facts
              of={[
                [t.version, `${texts.product} ${one.version}`],
                [t.node, one.node],
                [t.database, `${one.controlDatabase} (${bytes(one.controlDatabaseBytes)})`],
                [t.folder, `${one.dataFolder} (${bytes(one.dataFolderBytes)})`],
                [t.free, one.dataFolderFreeBytes === null ? null : bytes(one.dataFolderFreeBytes)],
                [t.parallel, count(one.parallelJobs)],
                [t.memory, bytes(one.workerMemory * 1_048_576)],
                [t.kept, t.hours(one.keepFilesHours)],
                [
                  t.holds,
                  t.counts(
                    count(one.counts.sites),
                    count(one.counts.vaults),
                    count(one.counts.snapshots),
                    count(one.counts.jobs),
                  ),
                ],
              ]}
            />
            <Anchor href="/api/docs" size="sm">
              {texts.nav.api}
            </Anchor>
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}

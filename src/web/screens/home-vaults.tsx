import { SimpleGrid, Stack, Text } from '@mantine/core';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import type { VaultStatus } from '../api/queries.ts';
import { bytes, count, day, times } from '../format/format.ts';
import { Bars, Steps } from '../parts/bars.tsx';
import { Facts } from '../parts/facts.tsx';
import { Panel } from '../parts/panel.tsx';
import { texts } from '../texts/en.ts';
import { addedByDay, addedPerDay, sizesOverTime } from './home-growth.ts';
import { savingsOf } from './home-savings.ts';

const t = texts.home;

interface Props {
  snapshots: readonly SnapshotAnswer[];
  /** By vault, for who may see them. */
  statuses: ReadonlyMap<string, VaultStatus>;
  /** The snapshots are those of all sites. */
  isWhole: boolean;
  fullIn: ReadonlyMap<string, number>;
  now: number;
}

/** Each vault: how it grew, what a night adds, what sharing saves, and when the disk is full. */
export function Vaults({ snapshots, statuses, isWhole, fullIn, now }: Props) {
  const names = [...new Set(snapshots.map(({ vault }) => vault))].sort();
  return names.map((name) => (
    <One
      key={name}
      name={name}
      snapshots={snapshots.filter(({ vault }) => vault === name)}
      status={statuses.get(name)}
      isWhole={isWhole}
      days={fullIn.get(name)}
      now={now}
    />
  ));
}

interface OneProps {
  name: string;
  snapshots: readonly SnapshotAnswer[];
  status: VaultStatus | undefined;
  isWhole: boolean;
  days: number | undefined;
  now: number;
}

function One({ name, snapshots, status, isWhole, days, now }: OneProps) {
  const sizes = sizesOverTime(snapshots);
  const stored = status?.storedBytes ?? sizes.at(-1)?.bytes ?? 0;
  const savings = savingsOf(snapshots, isWhole && status ? status : null);
  // The first of all would be as high as everything: it is in the other picture.
  const nights = addedByDay(snapshots.slice(0, snapshots.length > 1 ? -1 : 1), now);
  const perDay = addedPerDay(snapshots, now);
  return (
    <Panel title={`${t.vault} ${name}`}>
      <Stack>
        <Facts
          of={[
            [t.stored, bytes(stored)],
            [t.snapshots, count(snapshots.length)],
            [t.held, bytes(savings.held)],
            [t.dedup, <Saving key="dedup" whole={savings.held} part={savings.unique} help={t.dedupHelp} />],
            [t.compression, <Saving key="compression" whole={savings.unique} part={savings.stored} help={t.compressionHelp} />],
            [t.perDay, perDay === null ? t.tooEarly : bytes(perDay)],
            [
              t.forecast,
              status?.freeBytes == null
                ? null
                : `${bytes(status.freeBytes)}${days === undefined ? (perDay === null ? '' : `; ${t.farAway}`) : `; ${t.fullIn(days)}`}`,
            ],
          ]}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
          <figure style={{ margin: 0 }}>
            <Steps
              label={`${t.overTime}: ${bytes(sizes.at(-1)?.bytes ?? 0)}`}
              points={[
                ...sizes.map(({ time, bytes: value }) => ({ at: Date.parse(time), value })),
                { at: now, value: sizes.at(-1)?.bytes ?? 0 },
              ]}
            />
            <Text size="xs" c="dimmed" component="figcaption" mt={4}>
              {`${t.overTime}, ${t.since(day(Date.parse(sizes[0].time)))}`}
            </Text>
          </figure>
          <figure style={{ margin: 0 }}>
            <Bars
              label={`${t.perNight}: ${bytes(nights.reduce((sum, one) => sum + one.bytes, 0))}`}
              points={nights.map((one) => ({
                key: String(one.day),
                value: one.bytes,
                title: `${day(one.day)}: ${bytes(one.bytes)}`,
              }))}
            />
            <Text size="xs" c="dimmed" component="figcaption" mt={4}>
              {`${t.perNight}, ${t.strip.toLowerCase()}`}
            </Text>
          </figure>
        </SimpleGrid>
      </Stack>
    </Panel>
  );
}

function Saving({ whole, part, help }: { whole: number; part: number; help: (from: string, to: string) => string }) {
  // Of one small snapshot the lists of what there is weigh more than what sharing saves.
  const isSaving = part > 0 && whole > part;
  return (
    <>
      {isSaving ? times(whole, part) : t.noSaving}
      <Text size="xs" c="dimmed">
        {isSaving ? help(bytes(whole), bytes(part)) : t.noSavingHelp}
      </Text>
    </>
  );
}

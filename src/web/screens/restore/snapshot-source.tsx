import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SnapshotAnswer, VaultAnswer } from '#server/contract/vault-contract.ts';
import { useVaults } from '../../api/queries.ts';
import { localDay } from '../../format/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { texts } from '../../texts/en.ts';
import { isAdministratorOf } from './rights.ts';
import { SnapshotCalendar } from './snapshot-calendar.tsx';
import { SnapshotList } from './snapshot-list.tsx';
import { SnapshotSpaces } from './snapshot-spaces.tsx';
import { useSnapshotsOf } from './snapshots-of.ts';
import type { StepProps } from './step-props.ts';

const t = texts.restore;

/** A moment: the day in a calendar, then one of its snapshots; and of that, for spaces, which of them. */
export function SnapshotSource(props: StepProps) {
  const { me, draft, change } = props;
  const snapshots = useSnapshotsOf(draft.source);
  const vaults = useVaults(me.role === 'server-administrator').data ?? [];
  return (
    <Loaded of={snapshots}>
      {(all) => {
        const fitting = all.filter(({ scope }) => draft.scope === 'SPACE' || scope === 'site');
        if (fitting.length === 0) return <Empty icon="snapshots" text={t.noSnapshot} />;
        const chosen = fitting.find((one) => one.vault === draft.vault && one.id === draft.snapshot);
        return (
          <Stack>
            <Moments
              snapshots={fitting}
              vaults={vaults}
              isAdministrator={isAdministratorOf(me, draft.source)}
              chosen={chosen}
              onChange={({ vault, id }) => change({ vault, snapshot: id })}
            />
            {draft.scope === 'SPACE' && chosen ? <SnapshotSpaces {...props} snapshot={chosen} /> : null}
          </Stack>
        );
      }}
    </Loaded>
  );
}

interface MomentsProps {
  snapshots: SnapshotAnswer[];
  vaults: VaultAnswer[];
  isAdministrator: boolean;
  chosen: SnapshotAnswer | undefined;
  onChange: (snapshot: SnapshotAnswer) => void;
}

function Moments({ snapshots, vaults, isAdministrator, chosen, onChange }: MomentsProps) {
  const byDay = new Map<string, SnapshotAnswer[]>();
  for (const one of snapshots) {
    const day = localDay(one.time);
    byDay.set(day, [...(byDay.get(day) ?? []), one]);
  }
  const [wanted, show] = useState<string | null>(chosen ? localDay(chosen.time) : null);
  const day = wanted !== null && byDay.has(wanted) ? wanted : localDay(snapshots[0].time);
  const perDay = new Map([...byDay].map(([key, some]) => [key, some.length]));
  return (
    <div className="moments">
      <div>
        <Text size="sm" fw={500} mb={4}>
          {t.calendar}
        </Text>
        <SnapshotCalendar perDay={perDay} day={day} onChange={show} />
      </div>
      <SnapshotList
        snapshots={byDay.get(day)!}
        vaults={vaults}
        isAdministrator={isAdministrator}
        chosen={chosen}
        onChange={onChange}
      />
    </div>
  );
}

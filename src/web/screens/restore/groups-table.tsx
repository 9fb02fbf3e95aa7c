import { Text, TextInput } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { count } from '../../format/format.ts';
import { Rows } from '../../parts/rows.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';
import { withLine } from './draft.ts';
import type { StepProps } from './step-props.ts';

const t = texts.restore;

interface GroupMatch {
  name: string;
  inSite: boolean;
}

/** Groups that permissions name, those that the site lacks first, and a field for another. */
export function GroupsTable({ job, draft, change }: { job: JobDetails } & Pick<StepProps, 'draft' | 'change'>) {
  const groups = (job.result as { groups?: GroupMatch[] } | null)?.groups ?? [];
  // Those that were mapped are named by their new name in the plan: their line must stay in sight all the same.
  const named = new Set(groups.map(({ name }) => name.toLowerCase()));
  const mapped = draft.groups
    .filter(({ from }) => !named.has(from.toLowerCase()))
    .map(({ from }) => ({ name: from, inSite: false }));
  const all = [...mapped, ...groups].sort((a, b) => Number(a.inSite) - Number(b.inSite));
  if (all.length === 0) return null;
  const lines = new Map(draft.groups.map(({ from, to }) => [from, to]));
  return (
    <div>
      <div className="panel-title">
        <h3>{`${t.groups} (${count(all.length)})`}</h3>
        {draft.groups.length > 0 ? <State tone="running">{t.changed(draft.groups.length)}</State> : null}
      </div>
      <Text size="sm" c="dimmed" mb="xs">
        {t.groupsHelp}
      </Text>
      <Rows
        label={t.groups}
        items={all}
        keyOf={({ name }) => name}
        columns="minmax(9rem, 2fr) minmax(8rem, 1fr) minmax(10rem, 1fr)"
        head={[t.group, t.userFound, t.groupTake]}
        least="32rem"
        height={260}
        row={({ name, inSite }) => [
          <Text key="name" size="sm" truncate title={name}>
            {name}
          </Text>,
          <State key="in" tone={inSite ? 'ok' : 'warning'}>
            {inSite ? t.inSite : t.notInSite}
          </State>,
          <TextInput
            key="take"
            size="xs"
            aria-label={t.takeForGroup(name)}
            value={lines.get(name) ?? ''}
            onChange={(event) => change({ groups: withLine(draft.groups, name, event.currentTarget.value) })}
          />,
        ]}
      />
    </div>
  );
}

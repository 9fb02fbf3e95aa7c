import { Group, Select, Text, TextInput } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { count } from '../../format/format.ts';
import { Rows } from '../../parts/rows.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';
import { withLine } from './draft.ts';
import type { StepProps } from './step-props.ts';

const t = texts.restore;

/** What somebody should look at comes first. */
const order = ['mapping', 'new', 'email', 'name', 'key'];

interface UserMatch {
  key: string;
  name: string | null;
  email: string | null;
  siteKey: string;
  by: string;
}

/** Each user of the backup, how he is found in the site, and a field for another; ten thousand too. */
export function UsersTable({ job, draft, change }: { job: JobDetails } & Pick<StepProps, 'draft' | 'change'>) {
  const [by, setBy] = useState<string>('all');
  const [search, setSearch] = useState('');
  const word = useDeferredValue(search).trim().toLowerCase();
  const matches = (job.result as { users?: { matches?: UserMatch[] } } | null)?.users?.matches;
  const users = useMemo(() => [...(matches ?? [])].sort((a, b) => order.indexOf(a.by) - order.indexOf(b.by)), [matches]);
  if (users.length === 0) return null;
  const found = users.filter(
    (one) => (by === 'all' || one.by === by) && `${one.key} ${one.name ?? ''} ${one.email ?? ''}`.toLowerCase().includes(word),
  );
  const ways = [...new Set(users.map((one) => one.by))];
  const lines = new Map(draft.users.map(({ from, to }) => [from, to]));
  return (
    <div>
      <div className="panel-title">
        <h3>{`${t.users} (${count(users.length)})`}</h3>
        {draft.users.length > 0 ? <State tone="running">{t.changed(draft.users.length)}</State> : null}
      </div>
      <Text size="sm" c="dimmed" mb="xs">
        {t.usersHelp}
      </Text>
      <Group gap="sm" mb="xs">
        <Select
          size="xs"
          aria-label={t.userFound}
          data={[
            { value: 'all', label: t.allUsers },
            ...ways.map((way) => ({
              value: way,
              label: `${t.by[way] ?? way} (${count(users.filter((one) => one.by === way).length)})`,
            })),
          ]}
          value={by}
          onChange={(value) => setBy(value ?? 'all')}
          allowDeselect={false}
        />
        <TextInput
          size="xs"
          aria-label={t.searchUsers}
          placeholder={t.searchUsers}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </Group>
      {found.length === 0 ? <Text size="sm">{t.noUser}</Text> : null}
      <Rows
        label={t.users}
        items={found}
        keyOf={({ key }) => key}
        columns="minmax(9rem, 2fr) minmax(9rem, 1fr) minmax(10rem, 1fr)"
        head={[t.userInBackup, t.userFound, t.userTake]}
        least="34rem"
        height={320}
        row={(user) => [
          <Text key="who" size="sm" truncate title={user.email ?? user.key}>
            {user.name ?? user.key}
            {user.email ? <Text span c="dimmed" size="xs">{` ${user.email}`}</Text> : null}
          </Text>,
          <State key="by" tone={user.by === 'new' ? 'warning' : 'ok'}>
            {t.by[user.by] ?? user.by}
          </State>,
          <TextInput
            key="take"
            size="xs"
            aria-label={t.takeFor(user.name ?? user.key)}
            value={lines.get(user.key) ?? ''}
            onChange={(event) => change({ users: withLine(draft.users, user.key, event.currentTarget.value) })}
          />,
        ]}
      />
    </div>
  );
}

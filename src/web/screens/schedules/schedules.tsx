import { Button, Group, Paper, Switch, Table, Text, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import { api } from '../../api/client.ts';
import { useChosenSite } from '../../api/current-site.ts';
import { useChange, useMe, useSchedules } from '../../api/queries.ts';
import { dateTime, relative } from '../../format/format.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { State, type Tone } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';
import { Channels } from './channels.tsx';
import { bodyOf } from './schedule-body.ts';
import { ScheduleForm } from './schedule-form.tsx';

const t = texts.schedules;
const tones: Record<ScheduleAnswer['state'], Tone> = {
  off: 'off',
  'never-run': 'off',
  running: 'running',
  ok: 'ok',
  warning: 'warning',
  failing: 'failed',
  overdue: 'failed',
};

/** Schedules with their state and next runs, and who is told of what. */
export function Schedules() {
  const schedules = useSchedules();
  const me = useMe().data;
  const [chosen] = useChosenSite();
  const [edited, edit] = useState<ScheduleAnswer | 'new' | null>(null);
  return (
    <Page title={t.title} actions={<Button onClick={() => edit('new')}>{t.add}</Button>}>
      <Paper>
        <Loaded of={schedules}>
          {(known) => {
            const all = known.filter(({ site }) => chosen === null || site === null || site === chosen);
            return all.length === 0 ? (
              <Empty icon="schedules" text={t.empty} />
            ) : (
              <div className="wide">
                <Table aria-label={t.title}>
                  <Table.Thead>
                    <Table.Tr>
                      {[t.name, t.what, t.when, t.next, t.last, t.state].map((name) => (
                        <Table.Th key={name}>{name}</Table.Th>
                      ))}
                      <Table.Th>
                        <VisuallyHidden>{texts.common.actions}</VisuallyHidden>
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {all.map((one) => (
                      <Row key={one.id} schedule={one} edit={() => edit(one)} />
                    ))}
                  </Table.Tbody>
                </Table>
              </div>
            );
          }}
        </Loaded>
      </Paper>
      {me?.role === 'server-administrator' ? <Channels /> : null}
      {edited ? <ScheduleForm schedule={edited === 'new' ? null : edited} onClose={() => edit(null)} /> : null}
    </Page>
  );
}

function Row({ schedule, edit }: { schedule: ScheduleAnswer; edit: () => void }) {
  const path = `/api/schedules/${schedule.id}`;
  const change = useChange(
    (enabled: boolean) => api(path, { method: 'PUT', body: { ...bodyOf(schedule), enabled } }),
    'schedules',
  );
  const run = useChange((_: object) => api(`${path}/run-now`, { body: {} }), 'schedules', 'jobs');
  const remove = useChange((_: object) => api(path, { method: 'DELETE' }), 'schedules');
  const [isRemoving, askRemove] = useState(false);
  const failure = [change, run, remove].find(({ isError }) => isError);
  return (
    <Table.Tr>
      <Table.Td>
        <Button variant="subtle" size="compact-sm" onClick={edit}>
          {schedule.name}
        </Button>
      </Table.Td>
      <Table.Td>{`${t.kinds[schedule.settings.kind]}: ${schedule.site ?? schedule.vault ?? ''}`}</Table.Td>
      <Table.Td>{`${schedule.words} (${schedule.timeZone})`}</Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }} title={schedule.nextRuns.map(dateTime).join('\n')}>
        {schedule.nextRuns[0] ? dateTime(schedule.nextRuns[0]) : '\u2013'}
      </Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        {schedule.lastSuccess ? relative(schedule.lastSuccess) : texts.common.never}
      </Table.Td>
      <Table.Td>
        <State tone={tones[schedule.state]}>{t.states[schedule.state]}</State>
        {schedule.lastNote ? (
          <Text size="xs" c="dimmed" maw={260}>
            {schedule.lastNote}
          </Text>
        ) : null}
        {failure ? <Failure error={failure.error} /> : null}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap" justify="flex-end">
          <Switch
            aria-label={`${t.on}: ${schedule.name}`}
            checked={schedule.enabled}
            onChange={(event) => change.mutate(event.currentTarget.checked)}
          />
          <Button size="compact-xs" variant="default" onClick={() => run.mutate({})} loading={run.isPending}>
            {t.runNow}
          </Button>
          <Button size="compact-xs" variant="subtle" color="red" onClick={() => askRemove(true)}>
            {texts.common.remove}
          </Button>
        </Group>
        {isRemoving ? (
          <Confirm
            title={texts.common.remove}
            text={schedule.name}
            action={texts.common.remove}
            onConfirm={() => remove.mutate({})}
            onClose={() => askRemove(false)}
          />
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}

import { Anchor, List, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { dateTime } from '../format/format.ts';
import { Panel } from '../parts/panel.tsx';
import { texts } from '../texts/en.ts';
import { type Concern, concernsOf, type Facts } from './home-verdict.ts';

const t = texts.home;

/** What somebody should look at; one click leads to the cause. */
export function Attention({ facts }: { facts: Facts }) {
  const concerns = concernsOf(facts).map(show);
  return (
    <Panel title={t.attentionTitle}>
      {concerns.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t.nothing}
        </Text>
      ) : (
        <List size="sm" spacing={6}>
          {concerns.map(({ key, to, name, text }) => (
            <List.Item key={key}>
              <Anchor component={Link} to={to} size="sm" underline="always">
                {name}
              </Anchor>
              {`: ${text}`}
            </List.Item>
          ))}
        </List>
      )}
    </Panel>
  );
}

function show(concern: Concern): { key: string; to: string; name: string; text: string } {
  switch (concern.kind) {
    case 'schedule': {
      const { id, name, state, lastNote } = concern.schedule;
      return { key: `s${id}`, to: '/schedules', name, text: `${texts.schedules.states[state]}. ${lastNote ?? ''}` };
    }
    case 'job': {
      const { id, type, createdOn, error } = concern.job;
      const text = `${texts.states.FAILED}, ${dateTime(createdOn)}. ${error?.message ?? ''}`;
      return { key: `j${id}`, to: `/jobs/${id}`, name: texts.types[type] ?? type, text };
    }
    case 'vault-damaged':
      return { key: `d${concern.vault.name}`, to: '/storage', name: concern.vault.name, text: t.damaged };
    case 'vault-unchecked':
      return { key: `u${concern.vault.name}`, to: '/storage', name: concern.vault.name, text: t.unchecked };
    case 'disk':
      return { key: `f${concern.vault}`, to: '/storage', name: concern.vault, text: t.fullIn(concern.days) };
    case 'drill-failed': {
      const { vault, id, time } = concern.snapshot;
      return { key: `x${vault}${id}`, to: '/snapshots', name: dateTime(time), text: t.drillFailed };
    }
  }
}

import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useMe } from '../../api/queries.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts/en.ts';
import { BackupStep, backupSummary } from './backup-step.tsx';
import { DrillStep, drillSummary } from './drill-step.tsx';
import { Finish } from './finish.tsx';
import { type GuideState, type StepName, stepNames } from './guide-state.ts';
import { GuideStep } from './guide-step.tsx';
import { ScheduleStep, scheduleSummary } from './schedule-step.tsx';
import { SiteStep } from './site-step.tsx';
import { type Guided, useGuide } from './use-guide.ts';
import { VaultStep } from './vault-step.tsx';

const t = texts.firstRun;

/** From nothing to a verified backup, step by step; the one that is at is open, and those that are done can be opened. */
export function Guide({ onHide }: { onHide?: () => void }) {
  const guided = useGuide();
  const hide = onHide ? (
    <Button size="compact-sm" variant="default" onClick={onHide}>
      {t.hide}
    </Button>
  ) : null;
  return (
    <Panel title={t.panel} side={hide}>
      {'waits' in guided ? <Loaded of={guided.waits}>{() => null}</Loaded> : <Steps guided={guided} />}
    </Panel>
  );
}

function Steps({ guided }: { guided: Guided }) {
  const isServer = useMe().data?.role === 'server-administrator';
  /** Null: the step that is at. */
  const [chosen, choose] = useState<StepName | null>(null);
  const { state } = guided;
  const done = stepNames.filter((name) => state.steps[name] === 'done').length;
  const open = chosen ?? state.current;
  const goOn = () => choose(null);
  const bodies: Record<StepName, React.ReactNode> = {
    site: <SiteStep guided={guided} mayAdd={isServer} goOn={goOn} stay={() => choose('site')} />,
    vault: isServer ? <VaultStep guided={guided} goOn={goOn} /> : null,
    backup: <BackupStep state={state} />,
    drill: isServer ? <DrillStep state={state} /> : null,
    schedule: isServer ? <ScheduleStep guided={guided} /> : null,
  };
  return (
    <Stack gap="sm">
      {state.current === null ? (
        <Finish state={state} />
      ) : (
        <Group justify="space-between" gap="xs">
          <Text size="sm" c="dimmed">
            {t.intro}
          </Text>
          <Text size="sm" c="dimmed" role="status">
            {t.progress(done)}
          </Text>
        </Group>
      )}
      <ol className="guide">
        {stepNames.map((name, i) => (
          <GuideStep
            key={name}
            number={i + 1}
            title={t.names[name]}
            state={state.steps[name]}
            summary={summaries[name](state)}
            isOpen={name === open}
            isCurrent={name === state.current}
            toggle={() => choose(name === open || name === state.current ? null : name)}
          >
            {bodies[name] ?? (
              <Text size="sm" c="dimmed">
                {t.forAdministrator}
              </Text>
            )}
          </GuideStep>
        ))}
      </ol>
    </Stack>
  );
}

const summaries: Record<StepName, (state: GuideState) => string | null> = {
  site: ({ site }) => site,
  vault: ({ vault }) => vault,
  backup: backupSummary,
  drill: drillSummary,
  schedule: scheduleSummary,
};

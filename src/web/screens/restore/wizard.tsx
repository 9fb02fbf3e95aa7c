import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Me } from '#server/contract/auth-contract.ts';
import type { SiteSummary } from '../../api/queries.ts';
import { texts } from '../../texts/en.ts';
import { ConfirmStep } from './confirm-step.tsx';
import { type Draft, lackOf, type Step, steps } from './draft.ts';
import { isOfNothing } from './plan-numbers.ts';
import { PlanStep } from './plan-step.tsx';
import { StepsBar } from './steps-bar.tsx';
import { Summary } from './summary.tsx';
import { type Plan, usePlan } from './use-plan.ts';
import { WhatStep } from './what-step.tsx';
import { WhereStep } from './where-step.tsx';

const t = texts.restore;

interface Props {
  me: Me;
  sites: SiteSummary[];
  initial: Draft;
  /** A plan to go on with: its job. */
  plan?: string;
}

/** Holds what was chosen; each step is a part of its own. Nothing is written to a site before the last button. */
export function Wizard({ me, sites, initial, plan: initialPlan }: Props) {
  const [draft, setDraft] = useState(initial);
  const [step, setStep] = useState<Step>(initialPlan === undefined ? 'what' : 'plan');
  const navigate = useNavigate();
  const change = (part: Partial<Draft>) => setDraft((known) => ({ ...known, ...part }));
  const plan = usePlan(draft, change, initialPlan ?? null, (id) =>
    navigate({ to: '/restore', search: { plan: id } as never, replace: true }),
  );
  const at = steps.indexOf(step);
  const lack = step === 'plan' ? planLack(plan) : lackOf(draft, step);
  // As far as one can go from the beginning without a gap.
  const reach = lackOf(draft, 'what') ? 0 : lackOf(draft, 'where') ? 1 : planLack(plan) ? 2 : 3;
  const part = { me, sites, draft, change };
  const goOn = () => {
    setStep(steps[at + 1]);
    if (step === 'where' && !plan.isGood && !plan.isRunning) plan.make();
  };
  return (
    <div className="wizard">
      <Stack>
        <StepsBar step={step} reach={reach} go={setStep} />
        <Frame key={step} name={step} isFirst={at === 0}>
          {step === 'what' ? <WhatStep {...part} /> : null}
          {step === 'where' ? <WhereStep {...part} /> : null}
          {step === 'plan' ? <PlanStep {...part} plan={plan} go={setStep} /> : null}
          {step === 'confirm' ? <ConfirmStep {...part} plan={plan} back={() => setStep('plan')} /> : null}
          {step === 'confirm' ? null : (
            <Group justify="space-between" mt="md">
              <Button variant="default" disabled={at === 0} onClick={() => setStep(steps[at - 1])}>
                {t.back}
              </Button>
              <Group gap="sm">
                <Text size="sm" c="dimmed" aria-live="polite">
                  {lack === null || (step === 'plan' && plan.isRunning) ? '' : t.lacks[lack]}
                </Text>
                <Button disabled={lack !== null} onClick={goOn}>
                  {step === 'where' && !plan.isGood ? t.makePlan : t.next}
                </Button>
              </Group>
            </Group>
          )}
        </Frame>
      </Stack>
      <Summary draft={draft} />
    </div>
  );
}

/** What the plan lacks before it can be carried out. */
function planLack(plan: Plan): string | null {
  if (!plan.isGood) return 'plan';
  return isOfNothing(plan.job?.result) ? 'nothing' : null;
}

/** A step takes the focus when it is reached, so that a screen reader says which it is. */
function Frame({ name, isFirst, children }: { name: Step; isFirst: boolean; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [wasFirst] = useState(isFirst);
  useEffect(() => {
    if (!wasFirst) heading.current?.focus({ preventScroll: true });
  }, [wasFirst]);
  return (
    <Paper component="section" aria-labelledby="restore-step">
      <Title order={2} id="restore-step" ref={heading} tabIndex={-1} mb="sm" style={{ outline: 'none' }}>
        {t.stepOf(steps.indexOf(name) + 1, t.steps[name])}
      </Title>
      {children}
    </Paper>
  );
}

import { Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { State, type Tone } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';
import type { StepState } from './guide-state.ts';

const t = texts.firstRun;
const spoken: Record<StepState, string> = { done: t.done, open: '', running: t.running, failed: t.failed, later: t.later };
const tones: Partial<Record<StepState, Tone>> = { running: 'running', failed: 'failed' };

interface Props {
  number: number;
  title: string;
  state: StepState;
  /** What came of it. */
  summary: string | null;
  isOpen: boolean;
  isCurrent: boolean;
  toggle: () => void;
  children: ReactNode;
}

/** One step of the guide: its number or a tick, what came of it, and what is to be done while it is open. */
export function GuideStep({ number, title, state, summary, isOpen, isCurrent, toggle, children }: Props) {
  const id = useId();
  const head = useRef<HTMLButtonElement>(null);
  const wasCurrent = useRef(isCurrent);
  useEffect(() => {
    // The button that was pressed went with its step: who works by keyboard goes on here.
    if (isCurrent && !wasCurrent.current && document.activeElement === document.body) head.current?.focus();
    wasCurrent.current = isCurrent;
  }, [isCurrent]);
  const tone = tones[state];
  return (
    <li data-state={state} data-open={isOpen}>
      <h3>
        <UnstyledButton
          ref={head}
          className="head"
          disabled={state === 'later'}
          aria-expanded={isOpen}
          aria-controls={isOpen ? id : undefined}
          aria-current={isCurrent ? 'step' : undefined}
          onClick={toggle}
        >
          <span className="number" aria-hidden="true">
            {state === 'done' ? <Icon name="tick" /> : number}
          </span>
          <span>{title}</span>
          {spoken[state] && !tone ? <VisuallyHidden>{`, ${spoken[state]}`}</VisuallyHidden> : null}
          <span className="summary">
            {tone ? (
              <State tone={tone}>{spoken[state]}</State>
            ) : state === 'done' ? (
              <Text size="sm" c="dimmed" span>
                {summary}
              </Text>
            ) : null}
          </span>
        </UnstyledButton>
      </h3>
      {isOpen ? (
        <div id={id} className="body">
          {children}
        </div>
      ) : null}
    </li>
  );
}

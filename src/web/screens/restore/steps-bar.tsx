import { UnstyledButton } from '@mantine/core';
import { texts } from '../../texts/en.ts';
import { type Step, steps } from './draft.ts';

const t = texts.restore;

/** Which steps there are, and which one is at; one can go to each that nothing is missing for. */
export function StepsBar({ step, reach, go }: { step: Step; reach: number; go: (step: Step) => void }) {
  return (
    <nav aria-label={t.progress}>
      <ol className="steps">
        {steps.map((name, i) => (
          <li key={name} data-state={name === step ? 'here' : i < steps.indexOf(step) ? 'done' : 'ahead'}>
            <UnstyledButton disabled={i > reach} aria-current={name === step ? 'step' : undefined} onClick={() => go(name)}>
              <span className="number" aria-hidden="true">
                {i + 1}
              </span>
              <span>{t.steps[name]}</span>
            </UnstyledButton>
          </li>
        ))}
      </ol>
    </nav>
  );
}

import { count } from '../../format/format.ts';
import { Rows } from '../../parts/rows.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.report;

/** A warning by its code: how many times, and the first of them where they are given. */
export interface WarningLine {
  code: string;
  count: number;
  examples?: { message?: string; object?: string }[];
}

/** Warnings that were given, by code. Nothing where there are none. */
export function Warnings({ of, label = t.warnings }: { of: WarningLine[] | undefined; label?: string }) {
  if (!Array.isArray(of) || of.length === 0) return null;
  const hasExamples = of.some(({ examples }) => examples && examples.length > 0);
  return (
    <Rows
      label={label}
      items={of}
      keyOf={({ code }) => code}
      columns={hasExamples ? '16rem 5rem minmax(14rem, 1fr)' : 'minmax(12rem, 1fr) 5rem'}
      least={hasExamples ? '40rem' : '20rem'}
      height={260}
      head={[label, t.times, ...(hasExamples ? [t.which] : [])]}
      row={({ code, count: times, examples = [] }) => [
        code,
        count(times),
        ...(hasExamples
          ? [
              <span key="which" title={wordsOf(examples)}>
                {wordsOf(examples)}
              </span>,
            ]
          : []),
      ]}
    />
  );
}

function wordsOf(examples: { message?: string; object?: string }[]): string {
  return examples
    .slice(0, 20)
    .map(({ message, object }) => [object, message].filter(Boolean).join(': '))
    .join('; ');
}

import { Paper } from '@mantine/core';
import { dateTime, duration, relative } from '../format/format.ts';
import { Icon } from '../parts/icon.tsx';
import { texts } from '../texts/en.ts';
import type { Verdict } from './home-verdict.ts';

const t = texts.home;

/** How it stands, in words that are true. */
export function Sentence({ verdict }: { verdict: Verdict }) {
  const { tone, word, isRunning, lastGood, nextRun, drill } = verdict;
  const rest = [
    lastGood ? t.lastGood(dateTime(lastGood.time), relative(lastGood.time)) : t.noBackup,
    nextRun ? t.nextRun(dateTime(nextRun), relative(nextRun)) : t.noNextRun,
    drill ? t.proven(relative(drill.time), duration(drill.seconds)) : t.noDrill,
  ];
  return (
    <Paper className="verdict" data-tone={tone} component="section" aria-label={t.how}>
      <Icon name={tone} />
      <div>
        <p className="first">{`${t[word]}${isRunning && word !== 'running' ? ` ${t.running}` : ''}`}</p>
        <p>{rest.join(' ')}</p>
      </div>
    </Paper>
  );
}

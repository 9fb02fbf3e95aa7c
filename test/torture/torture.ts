import { parseArgs } from 'node:util';
import { runTorture } from './run-torture.ts';

/** npm run torture -- --rounds N [--seed S] [--minutes M] [--pages P] [--keep] */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    pages: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
const { rounds, seconds, counts, violation } = await runTorture({
  rounds: Number(values.rounds),
  seed: number(values.seed) ?? Math.floor(Math.random() * 1e9),
  minutes: number(values.minutes),
  pages: number(values.pages),
  keep: values.keep,
  print: (line) => process.stdout.write(`${line}\n`),
});

const all = { runs: 0, kills: 0, inWork: 0 };
const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([, count]) => count.kills > 0);
process.stdout.write('\nCommand                  runs  kills  at work\n');
for (const [name, count] of rows) {
  for (const key of ['runs', 'kills', 'inWork'] as const) all[key] += count[key];
  process.stdout.write(line(name, count));
}
process.stdout.write(line('all', all));
process.stdout.write(`${rounds} rounds in ${Math.round(seconds)} s, ${(seconds / Math.max(rounds, 1)).toFixed(1)} s each.\n`);
if (violation !== null) {
  process.stdout.write(`\nVIOLATED. ${violation}\n`);
  process.exitCode = 1;
} else process.stdout.write('Nothing was lost, nothing was half done.\n');

function line(name: string, { runs, kills, inWork }: typeof all): string {
  return `${name.padEnd(24)} ${String(runs).padStart(4)}  ${String(kills).padStart(5)}  ${String(inWork).padStart(7)}\n`;
}

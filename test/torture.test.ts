import { describe, expect, it } from 'vitest';
import { runTorture } from './torture/run-torture.ts';

/** A short run of `npm run torture`; the long ones find what is rare. */
const random = Math.floor(Math.random() * 1e9);

describe('a vault and a site that work for some rounds while commands are killed', () => {
  it.each([
    ['the same ones each time', 4, 2026],
    ['others each time', 3, random],
  ])('lose nothing and are never half done: %s', { timeout: 600_000 }, async (_which, rounds, seed) => {
    const lines: string[] = [`npm run torture -- --rounds ${rounds} --seed ${seed} --pages 40`];
    const report = await runTorture({ rounds, seed, pages: 40, print: (line) => lines.push(line) });
    if (report.violation !== null) throw new Error([...lines, report.violation].join('\n'));
    expect(report.rounds).toBe(rounds);
    expect([...report.counts.values()].reduce((sum, { kills }) => sum + kills, 0)).toBeGreaterThan(0);
  });
});

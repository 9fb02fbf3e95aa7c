import fsp from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import pg from 'pg';
import type { LiveSite } from '#sites/live/connection.ts';

/**
 * A process that restores a whole site and kills itself in a given moment: right before it sends the nth query that matches, or right before
 * the nth rename. Its argument is a ChildOrder as JSON.
 */
export interface ChildOrder {
  source: LiveSite;
  target: LiveSite;
  id: string;
  workFolder: string;
  query?: { pattern: string; nth: number };
  rename?: number;
  /** What to run; default a restore. */
  rollback?: boolean;
}

const order = JSON.parse(process.argv[2]) as ChildOrder;
const die = () => process.kill(process.pid, 'SIGKILL');

if (order.query) {
  const { pattern, nth } = order.query;
  const matches = new RegExp(pattern, 's');
  let count = 0;
  const query = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first] = args as [string | { text: string }];
    if (matches.test(typeof first === 'string' ? first : first.text) && ++count === nth) die();
    return (query as (...all: unknown[]) => unknown).apply(this, args);
  } as typeof query;
}
if (order.rename !== undefined) {
  let count = 0;
  const { rename } = fsp;
  fsp.rename = async (from, to) => {
    if (++count === order.rename) die();
    await rename(from, to);
  };
  syncBuiltinESMExports();
}

// Imported late: what was replaced above counts.
const { restoreWhole, wholeSource } = await import('./whole-copy.ts');
const { rollbackLiveSite } = await import('#sites/live/restore/rollback.ts');
const context = {
  signal: new AbortController().signal,
  now: () => new Date(0),
  workFolder: order.workFolder,
  warn: () => {},
  progress: () => {},
};
if (order.rollback) await rollbackLiveSite(order.target, order.id);
else await restoreWhole(await wholeSource(order.source, context), order.target, order.id, context);

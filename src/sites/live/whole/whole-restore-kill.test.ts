import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreWhole } from '../../../../test/support/whole-copy.ts';
import type { ChildOrder } from '../../../../test/support/whole-restore-child.ts';
import { restoreNames, WholeSites, type WholeState, wholeState } from '../../../../test/support/whole-sites.ts';
import { connect, type LiveSite } from '../connection.ts';
import { readTarget } from '../reader/read-target.ts';
import { rollbackLiveSite } from '../restore/rollback.ts';
import { readWholeTarget } from './whole-target.ts';

/** A whole restore that is killed leaves a site as it was before it or as it is after it. It runs as its own process, which kills itself. */
let all: WholeSites;
let before: WholeState;
let after: WholeState;

beforeAll(async () => {
  all = await WholeSites.open();
  const site = await all.copyOfOther();
  before = await wholeState(site);
  await restoreWhole(all.whole, site, 'whole', await all.sites.context());
  after = await wholeState(site);
});
afterAll(async () => await all.close());

const child = join(import.meta.dirname, '../../../../test/support/whole-restore-child.ts');

/** Returns the signal that ended it, null when it came to its end. */
async function run(target: LiveSite, id: string, moment: Partial<ChildOrder>): Promise<NodeJS.Signals | null> {
  const order: ChildOrder = { source: all.source, target, id, workFolder: all.sites.folder, ...moment };
  const started = spawn(process.execPath, [child, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' },
  });
  let errors = '';
  started.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return await new Promise((resolve, reject) => {
    started.on('error', reject);
    started.on('close', (code, signal) => (signal || code === 0 ? resolve(signal) : reject(new Error(errors))));
  });
}

const moments: [string, NonNullable<ChildOrder['query']>][] = [
  ['before its schema is made', { pattern: '^CREATE SCHEMA "oxbow_next', nth: 1 }],
  ['before its tables are made', { pattern: 'CREATE TABLE "oxbow_next', nth: 1 }],
  ['while it loads', { pattern: '^COPY "oxbow_next.*FROM STDIN', nth: 5 }],
  ['while it builds indexes', { pattern: 'ADD CONSTRAINT', nth: 40 }],
  ['before it adds foreign keys', { pattern: 'NOT VALID', nth: 1 }],
  ['while it checks foreign keys', { pattern: 'VALIDATE CONSTRAINT', nth: 30 }],
  ['while it verifies', { pattern: '^SELECT count.*"oxbow_next', nth: 30 }],
  ['while it swaps', { pattern: 'SET SCHEMA', nth: 2 }],
  ['before it commits', { pattern: 'INSERT INTO oxbow.restores', nth: 1 }],
];

/** Every other one, but with OXBOW_EVERY_MOMENT. */
const taken = moments.filter((_, i) => process.env.OXBOW_EVERY_MOMENT || i % 2 === 0);

describe('a whole restore that is killed', () => {
  it.each(taken)('%s never happened, and can be run again', async (_, query) => {
    const site = await all.copyOfOther();
    expect(await run(site, 'killed', { query })).toBe('SIGKILL');
    expect((await readTarget(site)).recovered).toEqual([expect.stringContaining('as it was before it')]);
    expect(await wholeState(site)).toEqual(before);
    expect([...restoreNames(site), ...(await all.schemasOf(site))]).toEqual(['oxbow']);
    expect((await readTarget(site)).recovered).toEqual([]);
    await restoreWhole(all.whole, site, 'again', await all.sites.context());
    expect(await wholeState(site)).toEqual(after);
  });

  it.each([2, 5, 6])('in an empty database leaves it empty (moment %d)', async (moment) => {
    const site = await all.nowhere();
    expect(await run(site, 'killed', { query: moments[moment][1] })).toBe('SIGKILL');
    const found = await readWholeTarget(site);
    expect(found).toMatchObject({
      database: 'empty',
      home: 'empty',
      recovered: [expect.stringContaining('as it was before it')],
    });
    expect(await all.schemasOf(site)).toEqual([]);
  });

  it('leaves sessions that still build: the next command ends them', async () => {
    const site = await all.copyOfOther();
    const orphan = await connect(site, 'oxbow load killed');
    await orphan.query('CREATE SCHEMA oxbow_next_killed; CREATE TABLE oxbow_next_killed.content (id int)');
    await orphan.query('BEGIN; LOCK TABLE oxbow_next_killed.content');
    expect((await readTarget(site)).recovered).toEqual([expect.stringContaining('as it was before it')]);
    await expect(orphan.query('COMMIT')).rejects.toThrow();
    await orphan.end();
    expect(await all.schemasOf(site)).toEqual(['oxbow']);
  });

  it('between its rename in the home and its last word to the database is done', async () => {
    const site = await all.copyOfOther();
    expect(await run(site, 'killed', { query: { pattern: 'DELETE FROM oxbow.restores', nth: 1 } })).toBe('SIGKILL');
    expect((await readTarget(site)).recovered).toEqual([expect.stringContaining('finished')]);
    expect(await wholeState(site)).toEqual(after);
  });

  it('before any of its renames is done by the next command, and can be rolled back', async () => {
    let renames = 0;
    for (;;) {
      const site = await all.copyOfOther();
      const signal = await run(site, 'killed', { rename: renames + 1 });
      if (signal === null) break;
      renames++;
      expect((await readTarget(site)).recovered).toEqual([expect.stringContaining('finished')]);
      expect(await wholeState(site)).toEqual(after);
      await rollbackLiveSite(site, 'back');
      expect(await wholeState(site)).toEqual(before);
      await rollbackLiveSite(site, 'forth');
      expect(await wholeState(site)).toEqual(after);
    }
    // Two for the attachments, two for each other entry: keys, keys-old, inside.
    expect(renames).toBe(8);
  });
});

describe('a rollback of a whole restore that is killed', () => {
  it('before any of its renames is done by the next command, and can be undone', async () => {
    let renames = 0;
    for (;;) {
      const site = await all.copyOfOther();
      await restoreWhole(all.whole, site, 'whole', await all.sites.context());
      const signal = await run(site, 'killed', { rollback: true, rename: renames + 1 });
      if (signal === null) break;
      renames++;
      await readTarget(site);
      expect(await wholeState(site)).toEqual(before);
      await rollbackLiveSite(site, 'forth');
      expect(await wholeState(site)).toEqual(after);
    }
    // What was not there before only goes.
    expect(renames).toBe(6);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { dropPreviousSite } from '#sites/live/restore/rollback.ts';
import { readWholeTarget } from '#sites/live/whole/whole-target.ts';
import type { Killer } from './attempt.ts';
import { needSnapshots, siteOf, vaultOf } from './backup-actions.ts';
import { afterRestore, isSameState, leftovers, readState, type SiteState, schemas } from './site-state.ts';
import { demand, differences } from './violation.ts';
import { emptyTarget, type World } from './world.ts';

/** Restores a snapshot over a site or into an empty database, killed: the target is as before or as after, and the same again completes it. */
export async function restoreSome(world: World, killer: Killer): Promise<string> {
  const { random, target } = world;
  await needSnapshots(world, killer, 1);
  const isEmpty = random.chance(0.4);
  if (isEmpty) await emptyTarget(world);
  const id = random.pick([...world.known].filter(([, { kind }]) => kind === 'site').map(([one]) => one));
  const before = await readState(target);
  const after = afterRestore(before, world.known.get(id)!.state!);
  const name = `restore ${isEmpty ? 'into nothing' : 'over a site'}`;
  const first = await killer.attempt(name, restoreArgs(world, id));
  const outcome = first.wasKilled ? await stateAfterKill(world, before, after) : 'after';
  if (first.wasKilled) await killer.finish(name, restoreArgs(world, id));
  demandState('a restore that was not killed', after, await readState(target));
  demand((await leftovers(target)).length === 0, 'a restore that was not killed left something behind');
  await dropPrevious(world);
  return `${isEmpty ? 'into nothing' : 'over a site'}, ${first.text}${first.wasKilled ? `: ${outcome}` : ''}`;
}

/** Restores one space under another key: when it is there after a kill, it is all there. */
export async function restoreSpace(world: World, killer: Killer): Promise<string> {
  const { random, target } = world;
  await needSnapshots(world, killer, 1);
  const id = random.pick([...world.known].filter(([, { kind }]) => kind === 'site').map(([one]) => one));
  if ((await schemas(target, 'public')).length === 0 || Object.keys((await readState(target)).tables).length === 0)
    await killer.finish('restore over a site', restoreArgs(world, id));
  await dropPrevious(world);
  const { rows } = await world.sourceClient.query<{ spacekey: string }>(
    `SELECT spacekey FROM public.spaces WHERE spacetype = 'global' ORDER BY spaceid LIMIT 1`,
  );
  const args = (key: string) => [...restoreArgs(world, id), '--space', rows[0].spacekey, '--as', key];
  const before = await readState(target);
  const first = await killer.attempt('restore space', args(`T${world.round}`));
  await settle(world);
  const middle = await readState(target);
  const isThere = !isSameState(before, middle);
  demand(first.wasKilled || isThere, 'a space that was restored is not there');
  await killer.finish('restore space', args(`U${world.round}`));
  const last = await readState(target);
  // The second one adds as many rows and files as the first one did.
  if (isThere) {
    const added = (from: SiteState, to: SiteState) => growth(from, to);
    const differ = differences(added(before, middle), added(middle, last));
    demand(differ.startsWith('0 '), `a space that was restored and killed has other rows than one that was not: ${differ}`);
  }
  demand((await leftovers(target)).length === 0, 'a restore that was not killed left something behind');
  await emptyTarget(world);
  return `${first.text}${first.wasKilled ? `: ${isThere ? 'after' : 'before'}` : ''}`;
}

const restoreArgs = (world: World, id: string) => ['restore', id, ...siteOf(world.target), ...vaultOf(world)];

async function stateAfterKill(world: World, before: SiteState, after: SiteState): Promise<'before' | 'after'> {
  await settle(world);
  const found = await readState(world.target);
  demand((await leftovers(world.target)).length === 0, 'the command after a killed restore left something of it behind');
  if (isSameState(found, before)) return 'before';
  demandState('a killed restore that is not undone', after, found);
  return 'after';
}

/** The next command, which finishes or undoes what was killed. PostgreSQL notices that a client is gone when it next speaks to it. */
async function settle({ admin, target }: World): Promise<void> {
  const others = `SELECT 1 FROM pg_stat_activity WHERE datname = 'target' AND application_name LIKE 'oxbow%' AND application_name NOT LIKE 'oxbow load%'`;
  for (let i = 0; (await admin.query(others)).rowCount! > 0; i++) {
    demand(i < 600, 'a session of a killed restore is still there after half a minute');
    await sleep(50);
  }
  await readWholeTarget(target);
}

async function dropPrevious({ target }: World): Promise<void> {
  await dropPreviousSite(target).catch((error) => {
    if ((error as { code?: string }).code !== 'NOTHING_TO_ROLL_BACK') throw error;
  });
}

export function demandState(what: string, expected: SiteState, found: SiteState): void {
  if (isSameState(expected, found)) return;
  const tables = differences(expected.tables, found.tables);
  demand(
    false,
    `${what} is neither as before nor as after. Tables: ${tables}. Files: ${differences(expected.files, found.files)}`,
  );
}

/** By table, how many rows came; and how many files. */
function growth(from: SiteState, to: SiteState): Record<string, number> {
  const rows = (digest: string | undefined) => Number(digest?.split(' ')[0] ?? 0);
  const isTable = (digest: string) => digest.includes(' ');
  const tables = Object.entries(to.tables).filter(([, digest]) => isTable(digest));
  const added = tables.map(([name, digest]) => [name, rows(digest) - rows(from.tables[name])] as const);
  return { ...Object.fromEntries(added), files: Object.keys(to.files).length - Object.keys(from.files).length };
}

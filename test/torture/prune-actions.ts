import { setTimeout as sleep } from 'node:timers/promises';
import { type PruneReport, prune } from '#vault/maintenance/prune.ts';
import type { Attempt, Killer } from './attempt.ts';
import { freshSite, knownSnapshots, needSnapshots, siteOf, vaultOf } from './backup-actions.ts';
import { checkNoRemains, checkWorld } from './check-vault.ts';
import { editSite } from './edit-site.ts';
import { demandState } from './restore-actions.ts';
import { afterRestore, readState } from './site-state.ts';
import { demand } from './violation.ts';
import { emptyTarget, type World } from './world.ts';

/** Codes with which work may give way to other work. */
const givesWay = ['PRUNED_MEANWHILE', 'VAULT_BUSY', 'LEASE_LOST'];
/** More snapshots than this are too many for a quick round. */
const most = 8;

export async function pruneOnly(world: World, killer: Killer): Promise<string> {
  const first = await killer.attempt('prune', ['prune', ...vaultOf(world)]);
  await checkWorld(world);
  await pruneClean(world, killer);
  return first.text;
}

/** Forgets a few snapshots and prunes, both killed, then both again. */
export async function forgetAndPrune(world: World, killer: Killer): Promise<string> {
  await needSnapshots(world, killer, 3);
  const ids = chooseToForget(world);
  const args = ['forget', ...ids, ...vaultOf(world)];
  const first = await killer.attempt('forget', args);
  await checkWorld(world, { gone: new Set(ids) });
  const left = ids.filter((id) => world.known.has(id));
  demand(first.wasKilled || left.length === 0, 'a snapshot is there that was forgotten');
  if (left.length > 0) await killer.finish('forget', ['forget', ...left, ...vaultOf(world)]);
  await checkWorld(world, { gone: new Set(left) });
  demand(!ids.some((id) => world.known.has(id)), 'a snapshot is there that was forgotten again');
  const second = await killer.attempt('prune', ['prune', ...vaultOf(world)]);
  await checkWorld(world);
  await pruneClean(world, killer);
  return `${ids.length} of ${world.known.size + ids.length}, ${first.text}; prune ${second.text}`;
}

/** Changes the marks of a snapshot: they are as before or as after. */
export async function tagSome(world: World, killer: Killer): Promise<string> {
  await needSnapshots(world, killer, 1);
  const snapshot = world.random.pick(await knownSnapshots(world));
  const tag = `round-${world.round}`;
  const args = ['tag', snapshot.id, tag, ...vaultOf(world)];
  const tags = async () => (await knownSnapshots(world)).find(({ id }) => id === snapshot.id)!.tags.join(' ');
  const before = snapshot.tags.join(' ');
  const after = [...snapshot.tags, tag].join(' ');
  const first = await killer.attempt('tag', args);
  await checkWorld(world);
  const found = await tags();
  demand(found === after || (first.wasKilled && found === before), `the tags of ${snapshot.id} are '${found}'`);
  if (found === before) await killer.finish('tag', args);
  demand((await tags()) === after, `the tags of ${snapshot.id} are not '${after}'`);
  await killer.finish('tag', ['tag', snapshot.id, tag, '--remove', ...vaultOf(world)]);
  await checkWorld(world);
  return first.text;
}

/** Two backups of one site and a prune at once, each killed or not; and a restore, which must find all it needs. */
export async function together(world: World, killer: Killer): Promise<string> {
  const { random } = world;
  await needSnapshots(world, killer, 2);
  if (random.chance(0.7)) await editSite(world, false);
  const fresh = await freshSite(world);
  const gone = random.chance(0.5) ? chooseToForget(world) : [];
  if (gone.length > 0) await killer.finish('forget', ['forget', ...gone, ...vaultOf(world)]);
  const backup = ['backup', ...siteOf(world.source), ...vaultOf(world)];
  const work: [string, string[]][] = [
    ['backup (together)', backup],
    ['full backup (together)', [...backup, '--full']],
    ['prune (together)', ['prune', ...vaultOf(world)]],
  ];
  const restored = random.chance(0.4)
    ? random.pick([...world.known].filter(([id, { state }]) => state && !gone.includes(id)))
    : null;
  if (restored) await emptyTarget(world);
  const nothing = await readState(world.target);
  const isSpared = work.map(() => random.chance(0.5));
  const delays = work.map(() => random.between(0, 800));
  const run = async ([name, args]: [string, string[]], i: number): Promise<Attempt> => {
    await sleep(delays[i]);
    return isSpared[i] ? await killer.spare(name, args, givesWay) : await killer.attempt(name, args, {}, givesWay);
  };
  const restoring = restored
    ? killer.finish('restore (together)', ['restore', restored[0], ...siteOf(world.target), ...vaultOf(world)])
    : null;
  const done = await Promise.allSettled([...work.map(run), ...(restoring ? [restoring] : [])]);
  for (const one of done) if (one.status === 'rejected') throw one.reason;
  const attempts = done.map((one) => (one as PromiseFulfilledResult<Attempt>).value);
  if (restored) demandState('a restore beside a prune', afterRestore(nothing, restored[1].state!), await readState(world.target));
  const made = await checkWorld(world, { gone: new Set(gone), fresh: { ...fresh, most: 2 } });
  const complete = attempts.slice(0, 2).filter(({ code }) => code === 0).length;
  demand(made.length >= complete, `of ${complete} backups that were complete ${made.length} are visible`);
  await killer.finish('backup', backup);
  await checkWorld(world, { fresh: { ...fresh, most: 1 } });
  await pruneClean(world, killer);
  return `${attempts.map(({ text }) => text).join(' | ')}; ${made.length} visible${restored ? ', one restored' : ''}`;
}

/**
 * A prune that nobody disturbs: nothing waits for the dead, nothing that is not needed is left. Where two backups at once stored the same twice,
 * which pack counts as needed may be another one after the index was written anew: then the next prune removes the other one.
 */
async function pruneClean(world: World, killer: Killer): Promise<void> {
  for (let left = 3; ; left--) {
    const { json } = await killer.finish('prune', ['prune', ...vaultOf(world)]);
    const { waiting } = json as unknown as PruneReport;
    demand(waiting.packs === 0, `a prune waits for somebody, though nobody is at work: ${waiting.for.join(', ')}`);
    await checkWorld(world);
    await checkNoRemains(world);
    const { unused } = await prune(world.vault, { dryRun: true }, world.context);
    if (unused.packs === 0) return;
    demand(left > 0, `after several prunes ${unused.packs} packs are left that no snapshot needs`);
  }
}

function chooseToForget({ random, known }: World): string[] {
  const sites = [...known].filter(([, { kind }]) => kind === 'site').map(([id]) => id);
  const imports = [...known].filter(([, { kind }]) => kind === 'import').map(([id]) => id);
  const least = Math.max(1, sites.length - most);
  return [...random.some(sites.slice(0, -1), least), ...imports.slice(1)];
}

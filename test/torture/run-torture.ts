import { actions } from './actions.ts';
import { type Counts, Killer } from './attempt.ts';
import { ageHalfWritten, checkWorld } from './check-vault.ts';
import { demandState } from './restore-actions.ts';
import { afterRestore, readState } from './site-state.ts';
import { Violation } from './violation.ts';
import { closeWorld, emptyTarget, openWorld, type World } from './world.ts';

export interface TortureOptions {
  rounds: number;
  seed: number;
  /** Ends after the round in which they are over. */
  minutes?: number | undefined;
  /** Pages of the site. Default 120. */
  pages?: number | undefined;
  /** Leaves the folder where it is. */
  keep?: boolean | undefined;
  print: (line: string) => void;
}

export interface TortureReport {
  rounds: number;
  seconds: number;
  counts: Map<string, Counts>;
  /** What was found: the first invariant that did not hold. */
  violation: string | null;
}

/** Rounds between two in which every byte of the vault is read. */
const dataEvery = 8;

/** Does at random what people do with a vault, kills it at random moments, and verifies everything after each kill, until something is wrong. */
export async function runTorture(options: TortureOptions): Promise<TortureReport> {
  const { print, seed } = options;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const world = await openWorld(seed, options.pages ?? 120);
  print(`Seed ${seed}, folder ${world.folder}`);
  const killer = new Killer(world);
  let violation: string | null = null;
  let rounds = 0;
  try {
    while (rounds < options.rounds && seconds() < (options.minutes ?? Number.POSITIVE_INFINITY) * 60) {
      world.round = rounds + 1;
      const begun = seconds();
      const { name, run } = world.random.weighted(actions);
      const line = await inRound(name, () => run(world, killer));
      if (world.round % dataEvery === 0) {
        await inRound('check --data', () => checkWorld(world, { data: true }));
        await inRound('half-written files', () => ageHalfWritten(world));
      }
      rounds++;
      print(`${String(rounds).padStart(4)} ${name.padEnd(13)} ${line} (${(seconds() - begun).toFixed(1)} s)`);
    }
    await inRound('the end', () => restoreLast(world, killer, Math.ceil(rounds / 4), print));
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = `Round ${world.round}: ${error.message}`;
  } finally {
    const kept = options.keep === true || violation !== null;
    await closeWorld(world, kept);
    if (kept) print(`All files are kept in ${world.folder}; the passphrase of the vault is '${world.passphrase}'.`);
  }
  return { rounds, seconds: seconds(), counts: killer.counts, violation };
}

/** An error that nobody expected is a find too. */
async function inRound<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Violation) throw new Violation(`${what}: ${error.message}`);
    throw new Violation(`${what}: ${(error as Error).stack}`);
  }
}

/** Every byte of the newest snapshots that are left: restored, and compared with what the site was then. */
async function restoreLast(world: World, killer: Killer, most: number, print: (line: string) => void): Promise<void> {
  await checkWorld(world, { data: true });
  const { target, vaultFolder } = world;
  const sites = [...world.known].flatMap(([id, { state }]) => (state ? [{ id, state }] : []));
  const last = sites.slice(-most);
  for (const { id, state } of last) {
    await emptyTarget(world);
    const before = await readState(target);
    const where = ['--database', target.databaseUrl, '--home', target.home, '--vault', vaultFolder];
    await killer.finish('restore into nothing', ['restore', id, ...where]);
    demandState(`the snapshot ${id}, restored,`, afterRestore(before, state), await readState(target));
  }
  print(
    `${last.length} of ${sites.length} snapshots that are left were restored, and are what the site was when they were made.`,
  );
}

import { createHash } from 'node:crypto';
import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChunkReader } from '#vault/chunks/chunk-reader.ts';
import { partsOf } from '#vault/files/file-line.ts';
import { checkVault } from '#vault/maintenance/check.ts';
import { openReader } from '#vault/read-session.ts';
import { type ListedSnapshot, listSnapshots, readContents } from '#vault/snapshots/list-snapshots.ts';
import type { SnapshotContents } from '#vault/snapshots/snapshot.ts';
import { snapshotFiles } from '#vault/snapshots/snapshot-files.ts';
import type { Vault } from '#vault/vault.ts';
import { demand, differences } from './violation.ts';
import type { Known, World } from './world.ts';

export interface Allowed {
  /** Snapshots that may be gone. */
  gone?: Set<string>;
  /** What a new snapshot is of, and how many there may be. */
  fresh?: { known: Omit<Known, 'roots'>; rootsKey: string; most: number };
  /** Reads every byte too. */
  data?: boolean;
}

/** Verifies everything that must hold of the vault after whatever was done to it. Returns the ids of new snapshots, which are known from now on. */
export async function checkWorld(world: World, allowed: Allowed = {}): Promise<string[]> {
  const { vault, known } = world;
  await checkClean(vault, allowed.data === true, world);
  const { snapshots } = await listSnapshots(vault);
  const visible = new Set(snapshots.map(({ id }) => id));
  for (const id of [...known.keys()]) {
    if (visible.has(id)) continue;
    demand(allowed.gone?.has(id) === true, `the snapshot ${id} is gone, and nobody forgot it`);
    known.delete(id);
  }
  const reader = await openReader(vault);
  const fresh = snapshots.filter(({ id }) => !known.has(id));
  demand(fresh.length <= (allowed.fresh?.most ?? 0), () => `snapshots that nobody made: ${fresh.map(({ id }) => id).join(', ')}`);
  for (const snapshot of snapshots) {
    const contents = await readContents(reader, snapshot);
    const roots = rootsText(contents);
    const before = known.get(snapshot.id);
    if (before) demand(before.roots === roots, `the snapshot ${snapshot.id} holds other trees than before`);
    else learn(world, snapshot, roots, allowed.fresh!);
    const { state } = known.get(snapshot.id)!;
    if (allowed.data && state) await checkFiles(reader, contents, state.files, snapshot.id);
  }
  return fresh.map(({ id }) => id);
}

/** No problems, no damage, nothing that cannot be read or is missing. */
export async function checkClean(vault: Vault, data: boolean, world: World): Promise<void> {
  const report = await checkVault(vault, { data: data ? 1 : 0, random: () => 0 }, world.context);
  demand(report.ok, () => `check of ${vault.store.location}: ${JSON.stringify([report.problems, report.damage], null, 1)}`);
  const { damaged, missing } = await listSnapshots(vault);
  demand(damaged.length + missing.length === 0, () => `snapshots: ${JSON.stringify({ damaged, missing })}`);
}

function learn(world: World, snapshot: ListedSnapshot, roots: string, { known, rootsKey }: NonNullable<Allowed['fresh']>): void {
  const same = world.rootsOf.get(rootsKey);
  demand(
    same === undefined || same === roots,
    `the snapshot ${snapshot.id} differs from another one of the same state (${rootsKey})`,
  );
  world.rootsOf.set(rootsKey, roots);
  world.known.set(snapshot.id, { ...known, roots });
}

function rootsText({ tables, files }: SnapshotContents): string {
  return JSON.stringify([files, ...tables.map(({ name, tree }) => [name, tree])]);
}

/** Every byte of every file, against what was read without Oxbow. */
export async function checkFiles(
  reader: ChunkReader,
  contents: SnapshotContents,
  expected: Record<string, string>,
  id: string,
): Promise<void> {
  const found: Record<string, string> = {};
  for await (const entry of snapshotFiles(reader, contents.files)) {
    if (entry.kind !== 'file') continue;
    const sum = createHash('sha256');
    for await (const part of reader.readMany(await partsOf(entry, (part) => reader.read(part)))) sum.update(part);
    found[entry.path.replace(/^home\//, '')] = sum.digest('hex');
  }
  const differ = differences(expected, found);
  demand(differ.startsWith('0 '), `files of the snapshot ${id}: ${differ}`);
}

/** After commands that ended by themselves nothing is left of those that were killed: no work folders, no leases. */
export async function checkNoRemains(world: World): Promise<void> {
  const work = await readdir(join(world.data, 'work')).catch(() => []);
  demand(work.length === 0, `work folders of commands that are gone: ${work.join(', ')}`);
  const locks = await readdir(join(world.vaultFolder, 'locks')).catch(() => []);
  demand(locks.length === 0, `leases of commands that are gone: ${locks.join(', ')}`);
}

const day = 86_400_000;

/** Half-written files of killed commands go after a day: those that are there become so old, and none may be there that already was. */
export async function ageHalfWritten({ vaultFolder }: World): Promise<void> {
  const folder = join(vaultFolder, 'tmp');
  const old = new Date(Date.now() - 2 * day);
  for (const name of await readdir(folder).catch(() => [])) {
    // Takes room for a full disk, for as long as the vault lives.
    if (name === 'reserve') continue;
    const { mtimeMs } = await stat(join(folder, name));
    demand(Date.now() - mtimeMs < day, `tmp/${name} is older than a day, and no command removed it`);
    await utimes(join(folder, name), old, old);
  }
}

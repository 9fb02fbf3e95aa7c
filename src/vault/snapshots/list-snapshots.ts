import { createHash } from 'node:crypto';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { mapOrdered } from '#base/map-ordered.ts';
import { unseal } from '../crypto/sealed-object.ts';
import { ledgerOrNull } from '../ledger/ledger.ts';
import { marksOf, type SnapshotMarks } from '../ledger/ledger-state.ts';
import type { Vault } from '../vault.ts';
import { type Snapshot, type SnapshotContents, type SnapshotHeader, shortId } from './snapshot.ts';

export const snapshotsPrefix = 'snapshots/';

export interface ListedSnapshot extends Snapshot, SnapshotMarks {}

export interface SnapshotList {
  /** Oldest first. */
  snapshots: ListedSnapshot[];
  /** Objects below snapshots/ that cannot be read. */
  damaged: { key: string; reason: string }[];
  /** Ids that the ledger names and the store does not have. */
  missing: string[];
}

/** Every snapshot of the vault, with what the ledger knows of it: those that the store lists and those that the ledger names (a list may be late). */
export async function listSnapshots(vault: Vault): Promise<SnapshotList> {
  const { store, keys } = vault;
  const ids = new Set<string>();
  for await (const { key } of store.list(snapshotsPrefix)) ids.add(key.slice(snapshotsPrefix.length));
  const state = await ledgerOrNull(store, keys.object);
  for (const id of Object.keys(state?.snapshots ?? {})) ids.add(id);
  const snapshots: ListedSnapshot[] = [];
  const damaged: SnapshotList['damaged'] = [];
  const gone: string[] = [];
  for await (const { id, snapshot, reason } of mapOrdered(ids, { concurrency: store.concurrency }, (id) => tryRead(vault, id))) {
    if (snapshot)
      snapshots.push({ ...snapshot, ...(state ? marksOf(state, id, snapshot.tags) : { protected: false, drills: [] }) });
    else if (reason !== null) damaged.push({ key: `${snapshotsPrefix}${id}`, reason });
    else if (state?.snapshots[id]) gone.push(id);
  }
  snapshots.sort((a, b) => (a.time === b.time ? (a.id < b.id ? -1 : 1) : a.time < b.time ? -1 : 1));
  // What was forgotten meanwhile is no longer in the ledger.
  const now = gone.length > 0 ? await ledgerOrNull(store, keys.object) : null;
  return { snapshots, damaged, missing: gone.filter((id) => now?.snapshots[id]) };
}

/** Neither a snapshot nor a reason: it is not there. */
async function tryRead(vault: Vault, id: string): Promise<{ id: string; snapshot: Snapshot | null; reason: string | null }> {
  try {
    return { id, snapshot: await readSnapshot(vault, id), reason: null };
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_NOT_FOUND')) return { id, snapshot: null, reason: null };
    if (isOxbowError(error, 'OBJECT_DAMAGED')) return { id, snapshot: null, reason: error.message };
    throw error;
  }
}

/** Errors: OBJECT_NOT_FOUND, OBJECT_DAMAGED, VAULT_VERSION_UNSUPPORTED. */
export async function readSnapshot(vault: Vault, id: string): Promise<Snapshot> {
  const key = `${snapshotsPrefix}${id}`;
  const bytes = await vault.store.get(key);
  const where = `The snapshot ${shortId(id)}`;
  if (createHash('sha256').update(bytes).digest('hex') !== id) {
    throw new OxbowError('OBJECT_DAMAGED', `${where} is damaged: it is not what was written.`, {
      hint: 'Run oxbow check, then oxbow repair.',
      details: { object: key },
    });
  }
  const header = JSON.parse(unseal(vault.keys.object, 'snapshot', '', bytes, where).toString('utf8')) as SnapshotHeader;
  assertVersion(where, header.version);
  return { ...header, id };
}

/** What a newer Oxbow wrote is not damaged: it is refused, never mended or removed. */
function assertVersion(where: string, version: number): void {
  if (version === 1) return;
  throw new OxbowError('VAULT_VERSION_UNSUPPORTED', `${where} was written by a newer Oxbow.`, {
    hint: 'Upgrade Oxbow, then try again.',
  });
}

/** Fewer digits say too little: a word such as "a" would be the beginning of some id. */
const digitsAtLeast = 4;

/** The snapshot that a person means: the beginning of an id (four digits at least), or "latest". Errors: SNAPSHOT_NOT_FOUND, SNAPSHOT_AMBIGUOUS. */
export async function findSnapshot(vault: Vault, name: string): Promise<ListedSnapshot> {
  const { snapshots } = await listSnapshots(vault);
  const wanted = name.toLowerCase();
  const found =
    wanted === 'latest'
      ? snapshots.slice(-1)
      : snapshots.filter((s) => wanted.length >= digitsAtLeast && s.id.startsWith(wanted));
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    throw new OxbowError('SNAPSHOT_AMBIGUOUS', `${found.length} snapshots begin with ${name}.`, {
      hint: `Type more digits: ${found.map((s) => s.id.slice(0, 16)).join(', ')}.`,
    });
  }
  throw new OxbowError('SNAPSHOT_NOT_FOUND', `The vault ${vault.store.location} has no snapshot ${name}.`, {
    hint:
      snapshots.length > 0
        ? `oxbow snapshots lists them; the newest is ${shortId(snapshots.at(-1)!.id)}.`
        : 'It has none yet: make one with oxbow backup.',
  });
}

/** Throws OBJECT_DAMAGED, CHUNK_MISSING, VAULT_VERSION_UNSUPPORTED. */
export async function readContents(
  source: { read(id: string): Promise<Buffer> },
  snapshot: Pick<Snapshot, 'contents'>,
): Promise<SnapshotContents> {
  const contents = JSON.parse((await source.read(snapshot.contents)).toString('utf8')) as SnapshotContents;
  assertVersion('The contents of a snapshot', contents.version);
  return contents;
}

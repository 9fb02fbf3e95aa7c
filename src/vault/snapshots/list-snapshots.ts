import { createHash } from 'node:crypto';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { unseal } from '../crypto/sealed-object.ts';
import { type LedgerState, marksOf, readLedger, type SnapshotMarks } from '../ledger/ledger.ts';
import type { Vault } from '../vault.ts';
import { type Snapshot, type SnapshotContents, type SnapshotHeader, shortId } from './snapshot.ts';

export const snapshotsPrefix = 'snapshots/';

export interface ListedSnapshot extends Snapshot, SnapshotMarks {}

export interface SnapshotList {
  /** Oldest first. */
  snapshots: ListedSnapshot[];
  /** Objects below snapshots/ that cannot be read. */
  damaged: { key: string; reason: string }[];
}

/** Every snapshot of the vault, with what the ledger knows of it. */
export async function listSnapshots(vault: Vault): Promise<SnapshotList> {
  const state = await ledgerOrNull(vault);
  const snapshots: ListedSnapshot[] = [];
  const damaged: SnapshotList['damaged'] = [];
  for await (const { key } of vault.store.list(snapshotsPrefix)) {
    try {
      const snapshot = await readSnapshot(vault, key.slice(snapshotsPrefix.length));
      snapshots.push({ ...snapshot, ...(state ? marksOf(state, snapshot.id, snapshot.tags) : { protected: false, drills: [] }) });
    } catch (error) {
      if (isOxbowError(error, 'OBJECT_NOT_FOUND')) continue;
      if (!isOxbowError(error, 'OBJECT_DAMAGED')) throw error;
      damaged.push({ key, reason: error.message });
    }
  }
  snapshots.sort((a, b) => (a.time === b.time ? (a.id < b.id ? -1 : 1) : a.time < b.time ? -1 : 1));
  return { snapshots, damaged };
}

/** Errors: OBJECT_NOT_FOUND, OBJECT_DAMAGED. */
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
  return { id, ...header };
}

/** The snapshot that a person means: the beginning of an id, or "latest". Errors: SNAPSHOT_NOT_FOUND, SNAPSHOT_AMBIGUOUS. */
export async function findSnapshot(vault: Vault, name: string): Promise<ListedSnapshot> {
  const { snapshots } = await listSnapshots(vault);
  const wanted = name.toLowerCase();
  const found = wanted === 'latest' ? snapshots.slice(-1) : snapshots.filter((s) => wanted !== '' && s.id.startsWith(wanted));
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

/** Throws OBJECT_DAMAGED, CHUNK_MISSING. */
export async function readContents(
  source: { read(id: string): Promise<Buffer> },
  snapshot: Pick<Snapshot, 'contents'>,
): Promise<SnapshotContents> {
  return JSON.parse((await source.read(snapshot.contents)).toString('utf8')) as SnapshotContents;
}

/** Null when the newest ledger cannot be read: check tells, repair mends; what is in the vault can be read without it. */
async function ledgerOrNull(vault: Vault): Promise<LedgerState | null> {
  try {
    return (await readLedger(vault.store, vault.keys.object)).state;
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED')) return null;
    throw error;
  }
}

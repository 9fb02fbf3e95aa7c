import { createHash } from 'node:crypto';
import { isOxbowError } from '#base/errors.ts';
import { mapOrdered } from '#base/map-ordered.ts';
import { slotId } from '../crypto/key-slot.ts';
import { unseal } from '../crypto/sealed-object.ts';
import { listLeases } from '../leases/lease.ts';
import { ledgerOrNull } from '../ledger/ledger.ts';
import type { LedgerState } from '../ledger/ledger-state.ts';
import {
  keptVersions,
  ledgerKey,
  ledgerPrefix,
  listSpareVersions,
  listVersions,
  readVersionObject,
} from '../ledger/ledger-versions.ts';
import { type SnapshotList, snapshotsPrefix } from '../snapshots/list-snapshots.ts';
import { type Snapshot, shortId } from '../snapshots/snapshot.ts';
import { getOrNull, spareKey } from '../spares.ts';
import { keysPrefix, type Vault } from '../vault.ts';
import { configKey, encodeConfig } from '../vault-config.ts';
import type { Findings } from './findings.ts';
import { marksPrefix } from './prune-marks.ts';

/** The configuration and its spare say what they said when the vault was opened. */
export async function checkConfig(vault: Vault, ledger: LedgerState | null, findings: Findings): Promise<void> {
  const expected = encodeConfig(vault.config, vault.keys.config);
  for (const key of [configKey, spareKey(configKey)]) {
    const bytes = await getOrNull(vault.store, key);
    const what = key === configKey ? 'the configuration of the vault' : 'the spare of the configuration';
    if (bytes?.equals(expected)) continue;
    if (bytes) findings.add('OBJECT_DAMAGED', key, `${what} is damaged`);
    else if (key === configKey || ledger) findings.add('OBJECT_MISSING', key, `${what} is missing`);
    else findings.note(key, `${what} is missing: the vault was not made to the end`);
  }
}

/** The versions of the ledger that should be there. Returns the newest that can be read. */
export async function checkLedger(vault: Vault, isNew: boolean, findings: Findings): Promise<LedgerState | null> {
  // While versions come and go meanwhile, a gap is none.
  let found = await readVersions(vault);
  for (let again = 0; again < 3 && found.missing.length > 0; again++) found = await readVersions(vault);
  for (const key of found.damaged) findings.add('OBJECT_DAMAGED', key, 'a version of the ledger is damaged');
  for (const key of found.missing) findings.add('OBJECT_MISSING', key, 'a version of the ledger is missing');
  if (found.highest === 0) {
    if (isNew) findings.note(ledgerPrefix, 'the vault has no ledger yet');
    else findings.add('OBJECT_MISSING', ledgerPrefix, 'the vault has no ledger');
  } else if (!found.hasSpare) {
    findings.note(
      spareKey(ledgerKey(found.highest)),
      'the newest ledger has no spare: whoever wrote it was killed, or writes it now',
    );
  }
  return found.newest;
}

export interface LedgerVersions {
  highest: number;
  newest: LedgerState | null;
  /** Number of the newest that can be read. */
  sequence: number;
  /** Keys of objects. */
  damaged: string[];
  missing: string[];
  hasSpare: boolean;
}

/** Reads every object of the ledger. */
export async function readVersions({ store, keys }: Vault): Promise<LedgerVersions> {
  const highest = (await listVersions(store)).at(-1) ?? 0;
  const spares = await listSpareVersions(store);
  const found: LedgerVersions = {
    highest,
    newest: null,
    sequence: 0,
    damaged: [],
    missing: [],
    hasSpare: spares.includes(highest),
  };
  const numbers = Array.from({ length: Math.min(highest, keptVersions + 1) }, (_, i) => highest - i).reverse();
  const places = [
    ...spares.map((sequence) => ({ sequence, key: spareKey(ledgerKey(sequence)), isSpare: true })),
    ...numbers.map((sequence) => ({ sequence, key: ledgerKey(sequence), isSpare: false })),
  ];
  for (const { sequence, key, isSpare } of places) {
    try {
      const state = await readVersionObject(store, keys.object, sequence, key);
      if (sequence >= found.sequence) Object.assign(found, { newest: state, sequence });
    } catch (error) {
      if (isOxbowError(error, 'OBJECT_DAMAGED')) found.damaged.push(key);
      else if (!isOxbowError(error, 'OBJECT_NOT_FOUND')) throw error;
      else if (!isSpare) found.missing.push(key);
    }
  }
  return found;
}

/** Key slots and their spares. */
export async function checkKeys(vault: Vault, ledger: LedgerState | null, findings: Findings): Promise<void> {
  const { store } = vault;
  const ids = new Set<string>(ledger?.keys);
  for await (const { key } of store.list(keysPrefix)) ids.add(key.slice(keysPrefix.length));
  for (const id of ids) {
    const key = `${keysPrefix}${id}`;
    const isKnown = async () => (await ledgerOrNull(store, vault.keys.object))?.keys.includes(id) === true;
    for (const [place, what] of [
      [key, 'a key'],
      [spareKey(key), 'the spare of a key'],
    ]) {
      const bytes = await getOrNull(store, place);
      if (bytes && slotId(bytes) !== id) findings.add('OBJECT_DAMAGED', place, `${what} is damaged`);
      // One that is taken away meanwhile leaves the ledger first.
      else if (!bytes && (await isKnown())) findings.add('OBJECT_MISSING', place, `${what} is missing`);
    }
  }
}

/** The objects of snapshots and their spares. */
export async function checkSnapshots(
  vault: Vault,
  { snapshots, damaged, missing }: SnapshotList,
  ledger: LedgerState | null,
  findings: Findings,
): Promise<void> {
  for (const { key } of damaged) {
    findings.add('OBJECT_DAMAGED', key, `the snapshot ${shortId(key.slice(snapshotsPrefix.length))} is damaged`);
  }
  for (const id of missing) findings.add('OBJECT_MISSING', `${snapshotsPrefix}${id}`, `the snapshot ${shortId(id)} is missing`);
  await checkSpares(vault, snapshots, findings);
  for (const { id } of snapshots) {
    if (!ledger || ledger.snapshots[id]) continue;
    findings.note(
      `${snapshotsPrefix}${id}`,
      `the ledger does not know the snapshot ${shortId(id)}: its backup goes on, or was killed when it was complete`,
    );
  }
}

async function checkSpares(vault: Vault, snapshots: Snapshot[], findings: Findings): Promise<void> {
  const { store } = vault;
  const read = async ({ id }: Snapshot) => {
    const key = `${snapshotsPrefix}${id}`;
    return { key, id, bytes: await getOrNull(store, spareKey(key)) };
  };
  for await (const { key, id, bytes } of mapOrdered(snapshots, { concurrency: store.concurrency }, read)) {
    if (bytes && createHash('sha256').update(bytes).digest('hex') === id) continue;
    const what = `the spare of the snapshot ${shortId(id)}`;
    if (bytes) findings.add('OBJECT_DAMAGED', spareKey(key), `${what} is damaged`);
    // Forgotten meanwhile, it goes after its snapshot.
    else if ((await store.size(key)) !== null) findings.add('OBJECT_MISSING', spareKey(key), `${what} is missing`);
  }
}

/** Marks of prunes, and leases. */
export async function checkMarks(vault: Vault, findings: Findings): Promise<void> {
  const { store, keys } = vault;
  for await (const { key } of store.list(marksPrefix)) {
    const bytes = await getOrNull(store, key);
    if (bytes && !areMarks(key, bytes, keys.object)) findings.add('OBJECT_DAMAGED', key, 'the marks of a prune are damaged');
  }
  for (const { key, beat } of await listLeases({ store, objectKey: keys.object })) {
    if (beat < 0) findings.note(key, 'a lease cannot be read: the next heartbeat of its holder mends it');
  }
}

/** Throws VAULT_VERSION_UNSUPPORTED. */
export function areMarks(key: string, bytes: Buffer, objectKey: Buffer): boolean {
  if (createHash('sha256').update(bytes).digest('hex') !== key.slice(marksPrefix.length)) return false;
  try {
    unseal(objectKey, 'marks', '', bytes, key);
    return true;
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED')) return false;
    throw error;
  }
}

const asidePrefix = 'aside/';
const places = ['keys/', 'packs/', 'index/', 'snapshots/', 'ledger/', 'locks/', 'marks/', 'spare/'];

/** Objects that are no part of the vault, and those that a repair has set aside. */
export async function noteStrangers(vault: Vault, findings: Findings): Promise<void> {
  for await (const { key } of vault.store.list('')) {
    if (key.startsWith(asidePrefix)) findings.note(key, 'a repair set this damaged object aside');
    else if (key !== configKey && !places.some((place) => key.startsWith(place)))
      findings.note(key, 'this object is not part of the vault');
  }
}

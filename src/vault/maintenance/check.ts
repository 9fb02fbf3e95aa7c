import { createHash } from 'node:crypto';
import { isOxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { ChunkId } from '../chunks/chunk-id.ts';
import { ChunkIndex } from '../chunks/chunk-index.ts';
import { ChunkReader } from '../chunks/chunk-reader.ts';
import { unsealIndex } from '../chunks/index-format.ts';
import { indexPrefix, packsPrefix } from '../chunks/load-index.ts';
import { slotId } from '../crypto/key-slot.ts';
import { unseal } from '../crypto/sealed-object.ts';
import { emptyLedger, type LedgerState } from '../ledger/ledger.ts';
import { readSnapshot, snapshotsPrefix } from '../snapshots/list-snapshots.ts';
import { type Snapshot, shortId } from '../snapshots/snapshot.ts';
import { keysPrefix, type Vault } from '../vault.ts';
import { checkPack } from './check-pack.ts';
import { type Damage, damageOf } from './damage.ts';
import { readMarks } from './prune-marks.ts';

export interface CheckOptions {
  /** Share of the packs to read and verify, 0 to 1. 0 checks structure only. */
  data: number;
  /** Chooses the packs: a number in [0, 1). */
  random: () => number;
}

/** Something that is wrong. `object` is a key of the store. */
export interface CheckProblem {
  code: 'OBJECT_MISSING' | 'OBJECT_DAMAGED' | 'CHUNK_MISSING' | 'CHUNK_DAMAGED';
  object: string;
  message: string;
}

export interface CheckReport {
  ok: boolean;
  /** Data that is lost or wrong. */
  problems: CheckProblem[];
  /** Oddities that cost nothing: leftovers of killed work, objects of others. */
  notes: { object: string; message: string }[];
  /** What the damage touches, by snapshot. */
  damage: Damage[];
  snapshots: number;
  packs: number;
  packsRead: number;
  chunks: number;
  bytes: number;
  bytesRead: number;
  seconds: number;
}

/** Packs read at a time: one is verified while the next ones come. Bounds memory to some 80 MB. */
const packsAtATime = 3;

interface Check {
  vault: Vault;
  problems: CheckProblem[];
  notes: CheckReport['notes'];
  /** Chunks that cannot be read as they should be. */
  bad: Set<ChunkId>;
  context: RunContext;
}

/** Verifies a vault, changing nothing: every object that should be there is there and says what was written. */
export async function checkVault(vault: Vault, options: CheckOptions, context: RunContext): Promise<CheckReport> {
  const started = context.now().getTime();
  const check: Check = { vault, problems: [], notes: [], bad: new Set(), context };
  const ledger = await checkLedger(check);
  await checkKeys(check, ledger);
  const { index, sizes } = await checkIndex(check, ledger);
  const snapshots = await checkSnapshots(check, ledger);
  await readMarks(vault);
  await checkStrangers(check);
  const read = options.data > 0 ? await checkPacks(check, index, sizes, options) : { packs: 0, bytes: 0 };
  const reader = new ChunkReader({ store: vault.store, packKey: vault.keys.pack, index });
  const damage: Damage[] = [];
  const known = { clean: new Set<ChunkId>(), missing: new Map<ChunkId, string>() };
  for (const [done, snapshot] of snapshots.entries()) {
    throwIfCancelled(context);
    context.progress({ phase: 'checking snapshots', done, total: snapshots.length, unit: 'steps' });
    const found = await damageOf(reader, snapshot, check.bad, known);
    if (found) damage.push(found);
  }
  for (const [id, message] of known.missing) check.problems.push({ code: 'CHUNK_MISSING', object: `chunk ${id}`, message });
  let bytes = 0;
  for (const size of sizes.values()) bytes += size;
  return {
    ok: check.problems.length === 0,
    problems: check.problems,
    notes: check.notes,
    damage,
    snapshots: snapshots.length,
    packs: sizes.size,
    packsRead: read.packs,
    chunks: index.count,
    bytes,
    bytesRead: read.bytes,
    seconds: (context.now().getTime() - started) / 1000,
  };
}

async function checkLedger(check: Check): Promise<LedgerState | null> {
  const { store, keys } = check.vault;
  const found: { key: string; sequence: number; state: LedgerState }[] = [];
  let highest = 0;
  for await (const { key } of store.list('ledger/')) {
    const sequence = Number(key.slice('ledger/'.length));
    highest = Math.max(highest, sequence);
    try {
      const plain = unseal(keys.object, 'ledger', key, await store.get(key), `The ledger ${key}`);
      found.push({ key, sequence, state: JSON.parse(plain.toString('utf8')) as LedgerState });
    } catch (error) {
      if (isOxbowError(error, 'OBJECT_NOT_FOUND')) continue;
      if (!isOxbowError(error, 'OBJECT_DAMAGED')) throw error;
      check.problems.push({ code: 'OBJECT_DAMAGED', object: key, message: 'a version of the ledger is damaged' });
    }
  }
  if (highest === 0) check.problems.push({ code: 'OBJECT_MISSING', object: 'ledger/', message: 'the vault has no ledger' });
  const sequences = found.map((one) => one.sequence).sort((a, b) => a - b);
  for (let expected = Math.max(1, highest - 4); expected < highest; expected++) {
    const isThere = sequences.includes(expected) || check.problems.some((one) => Number(one.object.slice(7)) === expected);
    if (!isThere)
      check.problems.push({
        code: 'OBJECT_MISSING',
        object: `ledger/${String(expected).padStart(12, '0')}`,
        message: 'a version of the ledger is missing',
      });
  }
  return found.toSorted((a, b) => b.sequence - a.sequence)[0]?.state ?? null;
}

async function checkKeys(check: Check, ledger: LedgerState | null): Promise<void> {
  const { store } = check.vault;
  const present = new Set<string>();
  for await (const { key } of store.list(keysPrefix)) {
    const id = key.slice(keysPrefix.length);
    present.add(id);
    if (slotId(await store.get(key)) !== id) {
      check.problems.push({
        code: 'OBJECT_DAMAGED',
        object: key,
        message: 'a key is damaged: its passphrase does not open the vault any more',
      });
    }
  }
  for (const id of ledger?.keys ?? []) {
    if (!present.has(id))
      check.problems.push({ code: 'OBJECT_MISSING', object: `${keysPrefix}${id}`, message: 'a key is missing' });
  }
}

async function checkIndex(check: Check, ledger: LedgerState | null): Promise<{ index: ChunkIndex; sizes: Map<string, number> }> {
  const { store, keys } = check.vault;
  const index = new ChunkIndex();
  const present = new Set<string>();
  for await (const { key } of store.list(indexPrefix)) {
    present.add(key);
    try {
      const bytes = await store.get(key);
      if (createHash('sha256').update(bytes).digest('hex') !== key.slice(indexPrefix.length)) throw new RangeError('swapped');
      for (const pack of unsealIndex(keys.object, key, bytes)) index.addPack(pack);
    } catch (error) {
      if (isOxbowError(error, 'OBJECT_NOT_FOUND')) continue;
      if (!isOxbowError(error, 'OBJECT_DAMAGED') && !(error instanceof RangeError)) throw error;
      check.problems.push({ code: 'OBJECT_DAMAGED', object: key, message: 'an index object is damaged' });
    }
  }
  for (const key of ledger?.indexes ?? emptyLedger().indexes) {
    if (!present.has(key)) check.problems.push({ code: 'OBJECT_MISSING', object: key, message: 'an index object is missing' });
  }
  const sizes = new Map<string, number>();
  for await (const { key, size } of store.list(packsPrefix)) sizes.set(key.slice(key.lastIndexOf('/') + 1), size);
  for (const pack of index.packs) {
    const size = sizes.get(pack.name);
    const object = `${packsPrefix}${pack.name.slice(0, 2)}/${pack.name}`;
    if (size === undefined) check.problems.push({ code: 'OBJECT_MISSING', object, message: 'a pack is missing' });
    else if (size !== pack.size)
      check.problems.push({ code: 'OBJECT_DAMAGED', object, message: `a pack has ${size} bytes instead of ${pack.size}` });
    if (size === pack.size) continue;
    for (const { entry } of index.entries()) if (entry.pack === pack.name) check.bad.add(entry.digest.toString('base64url'));
  }
  for (const name of sizes.keys()) {
    if (index.hasPack(name)) continue;
    check.notes.push({
      object: `${packsPrefix}${name.slice(0, 2)}/${name}`,
      message: 'no index names this pack: work that goes on, or was killed, wrote it',
    });
  }
  return { index, sizes };
}

async function checkSnapshots(check: Check, ledger: LedgerState | null): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  const present = new Set<string>();
  for await (const { key } of check.vault.store.list(snapshotsPrefix)) {
    const id = key.slice(snapshotsPrefix.length);
    present.add(id);
    try {
      snapshots.push(await readSnapshot(check.vault, id));
      if (ledger && !ledger.snapshots[id]) {
        check.notes.push({
          object: key,
          message: `the ledger does not know the snapshot ${shortId(id)}: it was complete when its backup was killed`,
        });
      }
    } catch (error) {
      if (isOxbowError(error, 'OBJECT_NOT_FOUND')) continue;
      if (!isOxbowError(error, 'OBJECT_DAMAGED')) throw error;
      check.problems.push({ code: 'OBJECT_DAMAGED', object: key, message: `the snapshot ${shortId(id)} is damaged` });
    }
  }
  for (const id of Object.keys(ledger?.snapshots ?? {})) {
    if (!present.has(id))
      check.problems.push({
        code: 'OBJECT_MISSING',
        object: `${snapshotsPrefix}${id}`,
        message: `the snapshot ${shortId(id)} is missing`,
      });
  }
  return snapshots;
}

const vaultFolders = ['config', 'keys/', 'packs/', 'index/', 'snapshots/', 'ledger/', 'locks/', 'marks/'];

async function checkStrangers(check: Check): Promise<void> {
  for await (const { key } of check.vault.store.list('')) {
    if (!vaultFolders.some((name) => (name.endsWith('/') ? key.startsWith(name) : key === name))) {
      check.notes.push({ object: key, message: 'this object is not part of the vault' });
    }
  }
}

async function checkPacks(
  check: Check,
  index: ChunkIndex,
  sizes: Map<string, number>,
  options: CheckOptions,
): Promise<{ packs: number; bytes: number }> {
  const { vault, context } = check;
  const chosen = [...sizes].filter(() => options.data >= 1 || options.random() < options.data);
  const total = chosen.reduce((sum, [, size]) => sum + size, 0);
  let next = 0;
  let bytes = 0;
  const worker = async () => {
    while (next < chosen.length) {
      throwIfCancelled(context);
      const [name, size] = chosen[next++];
      const result = await checkPack(vault, name, index);
      bytes += size;
      context.progress({ phase: 'verifying data', done: bytes, total, unit: 'bytes' });
      for (const id of result.bad) check.bad.add(id);
      if (result.problem && !check.problems.some((one) => one.object.endsWith(name))) {
        check.problems.push({
          code: 'OBJECT_DAMAGED',
          object: `${packsPrefix}${name.slice(0, 2)}/${name}`,
          message: result.problem,
        });
      }
    }
  };
  await Promise.all(Array.from({ length: packsAtATime }, worker));
  return { packs: chosen.length, bytes };
}

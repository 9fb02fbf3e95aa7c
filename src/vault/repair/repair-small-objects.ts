import { createHash } from 'node:crypto';
import { isOxbowError } from '#base/errors.ts';
import { slotId } from '../crypto/key-slot.ts';
import { unseal } from '../crypto/sealed-object.ts';
import { areMarks } from '../maintenance/check-objects.ts';
import { marksPrefix } from '../maintenance/prune-marks.ts';
import { snapshotsPrefix } from '../snapshots/list-snapshots.ts';
import { shortId } from '../snapshots/snapshot.ts';
import { getOrNull, listSpares, spareKey } from '../spares.ts';
import { keysPrefix } from '../vault.ts';
import { configKey, encodeConfig } from '../vault-config.ts';
import type { Repair } from './repair-state.ts';

/** The configuration and its spare, from what the vault was opened with. */
export async function repairConfig(repair: Repair): Promise<void> {
  const { store, config, keys } = repair.vault;
  const bytes = encodeConfig(config, keys.config);
  for (const key of [configKey, spareKey(configKey)]) {
    if ((await getOrNull(store, key))?.equals(bytes)) continue;
    await repair.act(key, 'written anew: it was damaged or missing', () => store.put(key, bytes));
  }
}

/** Objects named by their hash that have a spare: each of the two is mended by the other. */
interface Twins {
  prefix: string;
  what: (id: string) => string;
  nameOf: (bytes: Buffer) => string;
  /** Whether bytes that lie under a wrong name belong to the vault. */
  isOurs: (bytes: Buffer) => boolean;
  /** Ids that should be there; null when no ledger can tell. */
  expected: string[] | null;
  /** Whether one that is there and not expected gets a spare: nobody can tell of a key slot whose it is. */
  adopts: boolean;
}

/** Key slots and their spares. */
export async function repairKeys(repair: Repair, expected: string[] | null): Promise<void> {
  await repairTwins(repair, {
    prefix: keysPrefix,
    what: (id) => `the key ${id}`,
    nameOf: slotId,
    // A slot says to no one but its passphrase whose it is: only one that the ledger knows is put where it belongs.
    isOurs: (bytes) => expected?.includes(slotId(bytes)) === true,
    expected,
    adopts: false,
  });
}

/** Objects of snapshots and their spares. */
export async function repairSnapshotObjects(repair: Repair, expected: string[] | null): Promise<void> {
  const { keys } = repair.vault;
  await repairTwins(repair, {
    prefix: snapshotsPrefix,
    what: (id) => `the snapshot ${shortId(id)}`,
    nameOf: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    isOurs: (bytes) => opens(() => unseal(keys.object, 'snapshot', '', bytes, 'it')),
    expected,
    adopts: true,
  });
}

async function repairTwins(repair: Repair, twins: Twins): Promise<void> {
  const { store } = repair.vault;
  const { prefix, what, nameOf, expected } = twins;
  const spares = (await listSpares(store, prefix)).map((key) => key.slice(prefix.length));
  // Where no ledger tells what should be there, a spare does. Otherwise one that stands alone was left by work that was killed.
  const ids = new Set(expected ?? spares);
  for await (const { key } of store.list(prefix)) ids.add(key.slice(prefix.length));
  await putWhereTheyBelong(repair, twins, new Set([...ids, ...spares]));
  for (const id of ids) {
    const key = `${prefix}${id}`;
    const found = await getOrNull(store, key);
    const spare = await getOrNull(store, spareKey(key));
    const isGood = (bytes: Buffer | null): bytes is Buffer => bytes !== null && nameOf(bytes) === id;
    if (isGood(found)) {
      if (!isGood(spare) && (spare || twins.adopts || expected?.includes(id) !== false))
        await repair.act(spareKey(key), `the spare of ${what(id)} is written anew`, () => store.put(spareKey(key), found));
    } else if (isGood(spare)) await repair.act(key, `${what(id)} is put back from its spare`, () => store.put(key, spare));
    else if (found) {
      await repair.setAside(key, `${what(id)} is damaged and has no spare: it is lost, and set aside`);
      if (spare) await repair.act(spareKey(key), 'a damaged spare is removed', () => store.delete(spareKey(key)));
    }
  }
}

/** An object that lies under the name of another one is put under its own, where that is damaged or missing. */
async function putWhereTheyBelong(repair: Repair, { prefix, what, nameOf, isOurs }: Twins, ids: Set<string>): Promise<void> {
  const { store } = repair.vault;
  for (const id of ids) {
    for (const place of [`${prefix}${id}`, spareKey(`${prefix}${id}`)]) {
      const bytes = await getOrNull(store, place);
      const name = bytes && nameOf(bytes);
      if (!bytes || !name || name === id || !isOurs(bytes)) continue;
      const there = await getOrNull(store, `${prefix}${name}`);
      const spare = await getOrNull(store, spareKey(`${prefix}${name}`));
      if ((there && nameOf(there) === name) || (spare && nameOf(spare) === name)) continue;
      ids.add(name);
      await repair.act(place, `is ${what(name)} under a wrong name: put back`, () => store.put(`${prefix}${name}`, bytes));
    }
  }
}

/** Marks that cannot be read say nothing: their packs are marked again by the next prune. */
export async function repairMarks(repair: Repair): Promise<void> {
  const { store, keys } = repair.vault;
  for await (const { key } of store.list(marksPrefix)) {
    const bytes = await getOrNull(store, key);
    if (bytes && !areMarks(key, bytes, keys.object))
      await repair.act(key, 'damaged marks of a prune are removed', () => store.delete(key));
  }
}

function opens(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED')) return false;
    throw error;
  }
}

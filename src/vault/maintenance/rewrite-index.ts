import { isOxbowError } from '#base/errors.ts';
import { type IndexedPack, sealIndex, unsealIndex } from '../chunks/index-format.ts';
import { indexPrefix } from '../chunks/load-index.ts';
import { ledgerOrNull, updateLedger } from '../ledger/ledger.ts';
import { getOrNull } from '../spares.ts';
import { firstLedger, lockUntil, type Vault } from '../vault.ts';

/** Packs listed in one index object: about 160 chunks each, so some 4 MB. */
const packsPerObject = 512;
/** Index objects with fewer packs are joined once there are several. */
const small = 64;
const smallAllowed = 16;

export interface RewriteOptions {
  /** Packs to take out of the index. */
  without: ReadonlySet<string>;
  /** Index objects that cannot be read, to be dropped: what they listed stands in others. */
  drop?: ReadonlySet<string>;
  /** True while backups are at work: index objects that the ledger does not name yet may be theirs and are not joined. */
  busy: boolean;
  now: Date;
}

/**
 * Writes index objects without some packs, joins small ones, then removes those that they replace: at no moment is a chunk in no index. Memory:
 * one new object and one old one. Returns the packs that an index object still names because the store keeps it locked.
 */
export async function rewriteIndex(vault: Vault, options: RewriteOptions): Promise<Set<string>> {
  const { store, keys } = vault;
  const old = await objectsToReplace(vault, options);
  const written: string[] = [];
  const listed = new Set<string>();
  let packs: IndexedPack[] = [];
  const flush = async () => {
    if (packs.length === 0) return;
    const { key, bytes } = sealIndex(keys.object, packs);
    packs = [];
    await store.put(key, bytes, lockUntil(vault, options.now));
    written.push(key);
  };
  for (const key of old) {
    for (const pack of (await readIndexObject(vault, key)) ?? []) {
      if (options.without.has(pack.name) || listed.has(pack.name)) continue;
      listed.add(pack.name);
      packs.push(pack);
      if (packs.length >= packsPerObject) await flush();
    }
  }
  await flush();
  const gone = new Set([...old, ...(options.drop ?? [])]);
  if (gone.size === 0) return new Set();
  // The ledger before the objects: what it names and is not there would count as lost.
  await updateLedger(
    store,
    keys.object,
    (state) => ({ ...state, indexes: [...new Set([...state.indexes.filter((key) => !gone.has(key)), ...written])] }),
    firstLedger(vault),
  );
  const named = new Set<string>();
  for (const key of gone) {
    if (await deleteUnlessLocked(vault, key)) continue;
    for (const pack of (await readIndexObject(vault, key)) ?? []) if (options.without.has(pack.name)) named.add(pack.name);
  }
  return named;
}

async function objectsToReplace(vault: Vault, { without, drop, busy }: RewriteOptions): Promise<string[]> {
  const ledger = await ledgerOrNull(vault.store, vault.keys.object);
  const keys = new Set<string>(ledger?.indexes);
  for await (const { key } of vault.store.list(indexPrefix)) keys.add(key);
  const affected: string[] = [];
  const joinable: string[] = [];
  for (const key of keys) {
    const packs = drop?.has(key) ? null : await readIndexObject(vault, key);
    if (!packs) continue;
    if (packs.some((pack) => without.has(pack.name))) affected.push(key);
    else if (packs.length < small && (!busy || ledger?.indexes.includes(key))) joinable.push(key);
  }
  return joinable.length > smallAllowed ? [...affected, ...joinable] : affected;
}

/** Null when it is not there. */
async function readIndexObject(vault: Vault, key: string): Promise<IndexedPack[] | null> {
  const bytes = await getOrNull(vault.store, key);
  return bytes && unsealIndex(vault.keys.object, key, bytes);
}

/** False when the store keeps the object locked: it goes with a later prune. */
export async function deleteUnlessLocked(vault: Pick<Vault, 'store'>, key: string): Promise<boolean> {
  try {
    await vault.store.delete(key);
    return true;
  } catch (error) {
    if (isOxbowError(error, 'STORE_OBJECT_LOCKED')) return false;
    throw error;
  }
}

import { type IndexedPack, sealIndex, unsealIndex } from '../chunks/index-format.ts';
import { indexPrefix } from '../chunks/load-index.ts';
import { updateLedger } from '../ledger/ledger.ts';
import { lockUntil, type Vault } from '../vault.ts';

/** Packs listed in one index object: about 160 chunks each, so some 4 MB. */
const packsPerObject = 512;
/** Index objects with fewer packs are joined once there are several. */
const small = 64;
const smallAllowed = 16;

/**
 * Writes index objects without the packs of `without`, joins small ones, then removes those that they replace: at no moment is a chunk in no
 * index. Memory: one new object and one old one.
 */
export async function rewriteIndex(vault: Vault, without: ReadonlySet<string>, now: Date): Promise<void> {
  const { store, keys } = vault;
  const objects: { key: string; packs: number; affected: boolean }[] = [];
  for await (const { key } of store.list(indexPrefix)) {
    const packs = unsealIndex(keys.object, key, await store.get(key));
    objects.push({ key, packs: packs.length, affected: packs.some((pack) => without.has(pack.name)) });
  }
  const isSmall = objects.filter((object) => object.packs < small);
  const old = objects.filter((object) => object.affected || (isSmall.length > smallAllowed && isSmall.includes(object)));
  if (old.length === 0) return;
  const written: string[] = [];
  const listed = new Set<string>();
  let packs: IndexedPack[] = [];
  const flush = async () => {
    if (packs.length === 0) return;
    const { key, bytes } = sealIndex(keys.object, packs);
    packs = [];
    await store.put(key, bytes, lockUntil(vault, now));
    written.push(key);
  };
  for (const { key } of old) {
    for (const pack of unsealIndex(keys.object, key, await store.get(key))) {
      if (without.has(pack.name) || listed.has(pack.name)) continue;
      listed.add(pack.name);
      packs.push(pack);
      if (packs.length >= packsPerObject) await flush();
    }
  }
  await flush();
  const gone = new Set(old.map((object) => object.key));
  // The ledger before the objects: what it names and is not there would count as lost.
  await updateLedger(store, keys.object, (state) => ({
    ...state,
    indexes: [...new Set([...state.indexes.filter((key) => !gone.has(key)), ...written])],
  }));
  for (const key of gone) await deleteUnlessLocked(vault, key);
}

/** False when the store keeps the object locked: it goes with a later prune. */
export async function deleteUnlessLocked(vault: Pick<Vault, 'store'>, key: string): Promise<boolean> {
  try {
    await vault.store.delete(key);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'STORE_OBJECT_LOCKED') return false;
    throw error;
  }
}

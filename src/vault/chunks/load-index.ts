import { createHash } from 'node:crypto';
import { isOxbowError } from '#base/errors.ts';
import { mapOrdered } from '#base/map-ordered.ts';
import { ledgerOrNull } from '../ledger/ledger.ts';
import type { Store } from '../store/store.ts';
import { ChunkIndex } from './chunk-index.ts';
import { type IndexedPack, unsealIndex } from './index-format.ts';
import { packKeyPath, packName, readPackEntries } from './pack-format.ts';

export const indexPrefix = 'index/';
export const packsPrefix = 'packs/';

export interface LoadedIndex {
  index: ChunkIndex;
  /** Keys of the index objects. */
  objects: string[];
  /** Index objects that cannot be read, with the reason. */
  damaged: { key: string; reason: string }[];
  /** Index objects that the ledger names and the store does not have. */
  missing: string[];
}

export interface LoadOptions {
  /** Packs to leave out. */
  without?: ReadonlySet<string>;
  /** Packs to come last: of a chunk that lies in another pack too, the other one is known. */
  last?: ReadonlySet<string>;
}

/**
 * Reads every index object, those that the store lists and those that the ledger names (a list may be late). A damaged one is reported, not
 * fatal: the packs that it lists know their chunks themselves.
 */
export async function loadIndex(store: Store, objectKey: Buffer, options: LoadOptions = {}): Promise<LoadedIndex> {
  let gone: string[] = [];
  for (;;) {
    const loaded = await loadOnce(store, objectKey, options);
    // Removed between listing and reading: a prune has written another one that says the same. What is gone twice is gone.
    if (loaded.gone.every((key) => gone.includes(key))) return loaded;
    gone = loaded.gone;
  }
}

async function loadOnce(store: Store, objectKey: Buffer, options: LoadOptions): Promise<LoadedIndex & { gone: string[] }> {
  const loaded = { index: new ChunkIndex(), objects: [] as string[], damaged: [] as LoadedIndex['damaged'] };
  const gone: string[] = [];
  const keys = new Set<string>();
  for await (const { key } of store.list(indexPrefix)) keys.add(key);
  const ledger = await ledgerOrNull(store, objectKey);
  for (const key of ledger?.indexes ?? []) keys.add(key);
  const last: IndexedPack[] = [];
  for await (const { key, packs, reason } of mapOrdered(
    keys,
    { concurrency: store.concurrency },
    readIndexObject(store, objectKey),
  )) {
    if (reason !== null) loaded.damaged.push({ key, reason });
    else if (!packs) gone.push(key);
    else {
      loaded.objects.push(key);
      for (const pack of packs) {
        if (options.without?.has(pack.name)) continue;
        if (options.last?.has(pack.name)) last.push(pack);
        else loaded.index.addPack(pack);
      }
    }
  }
  for (const pack of last) loaded.index.addPack(pack);
  return { ...loaded, gone, missing: gone.filter((key) => ledger?.indexes.includes(key)) };
}

function readIndexObject(store: Store, objectKey: Buffer) {
  return async (key: string): Promise<{ key: string; packs: IndexedPack[] | null; reason: string | null }> => {
    try {
      const bytes = await store.get(key);
      const packs = unsealIndex(objectKey, key, bytes);
      const isItself = createHash('sha256').update(bytes).digest('hex') === key.slice(indexPrefix.length);
      return isItself ? { key, packs, reason: null } : { key, packs: null, reason: `The index object ${key} is another one.` };
    } catch (error) {
      if (isOxbowError(error, 'OBJECT_NOT_FOUND')) return { key, packs: null, reason: null };
      if (isOxbowError(error, 'OBJECT_DAMAGED')) return { key, packs: null, reason: error.message };
      throw error;
    }
  };
}

export interface FoundPacks {
  /** Packs that lie in the store and in no index; they are in the index in memory now. */
  adopted: Set<string>;
  /** Packs of the index that the store does not have, or has with another size: nothing new may rely on them. */
  unusable: Set<string>;
  /** Every pack of the store, with its size. */
  sizes: Map<string, number>;
}

/**
 * Compares the packs of the store with the index. Packs that no index names come from a backup that was killed before it wrote one, or from another
 * one at work: their own lists tell what is in them, so that nothing is uploaded twice. Packs that cannot be read are left to check, those of
 * `avoid` to prune. `take` gets each adopted pack with its chunks.
 */
export async function adoptPacks(
  store: Store,
  packKey: Buffer,
  index: ChunkIndex,
  { avoid, take }: { avoid?: ReadonlySet<string>; take?: (pack: IndexedPack) => void | Promise<void> } = {},
): Promise<FoundPacks> {
  const found: FoundPacks = { adopted: new Set(), unusable: new Set(), sizes: await listPacks(store) };
  for (const { name, size } of index.packs) {
    // A list may be late: what it does not show is asked for.
    const stored = found.sizes.get(name) ?? (await store.size(packKeyPath(name)));
    if (stored === null || stored !== size) found.unusable.add(name);
    if (stored !== null) found.sizes.set(name, stored);
  }
  for (const [name, size] of found.sizes) {
    if (index.hasPack(name) || avoid?.has(name)) continue;
    const pack = await readPack(store, packKey, name, size);
    if (!pack) continue;
    index.addPack(pack);
    found.adopted.add(name);
    await take?.(pack);
  }
  return found;
}

/** Names and sizes of the packs that the store lists. */
export async function listPacks(store: Store): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { key, size } of store.list(packsPrefix)) sizes.set(key.slice(key.lastIndexOf('/') + 1), size);
  return sizes;
}

async function readPack(store: Store, packKey: Buffer, name: string, size: number): Promise<IndexedPack | null> {
  try {
    const read = (offset: number, length: number) => store.get(packKeyPath(name), { offset, length });
    return { name, size, ...(await readPackEntries(packKey, name, size, read)) };
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED') || isOxbowError(error, 'OBJECT_NOT_FOUND')) return null;
    // What is not what its name says is damaged, whatever version it claims.
    if (isOxbowError(error, 'VAULT_VERSION_UNSUPPORTED') && packName(await store.get(packKeyPath(name))) !== name) return null;
    throw error;
  }
}

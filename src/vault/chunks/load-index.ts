import { isOxbowError } from '#base/errors.ts';
import type { Store } from '../store/store.ts';
import { ChunkIndex } from './chunk-index.ts';
import { type IndexedPack, unsealIndex } from './index-format.ts';
import { packKeyPath, readPackEntries } from './pack-format.ts';

export const indexPrefix = 'index/';
export const packsPrefix = 'packs/';

export interface LoadedIndex {
  index: ChunkIndex;
  /** Keys of the index objects. */
  objects: string[];
  /** Index objects that cannot be read, with the reason. */
  damaged: { key: string; reason: string }[];
}

/**
 * Reads every index object. A damaged one is reported, not fatal: the packs that it lists know their chunks themselves.
 * @param without packs to leave out
 */
export async function loadIndex(store: Store, objectKey: Buffer, without?: ReadonlySet<string>): Promise<LoadedIndex> {
  const index = new ChunkIndex();
  const objects: string[] = [];
  const damaged: LoadedIndex['damaged'] = [];
  for await (const { key } of store.list(indexPrefix)) {
    try {
      for (const pack of unsealIndex(objectKey, key, await store.get(key))) if (!without?.has(pack.name)) index.addPack(pack);
      objects.push(key);
    } catch (error) {
      // Removed between listing and reading: a prune has written another one that says the same, and it is listed too.
      if (isOxbowError(error, 'OBJECT_NOT_FOUND')) return await loadIndex(store, objectKey, without);
      if (!isOxbowError(error, 'OBJECT_DAMAGED')) throw error;
      damaged.push({ key, reason: error.message });
    }
  }
  return { index, objects, damaged };
}

/**
 * Packs that lie in the store and in no index: a backup was killed before it wrote one, or another one is at work. Their own lists tell what
 * is in them, so that nothing is uploaded twice. Packs that cannot be read are left to check, those of `avoid` to prune.
 */
export async function adoptPacks(
  store: Store,
  packKey: Buffer,
  index: ChunkIndex,
  avoid: ReadonlySet<string>,
): Promise<IndexedPack[]> {
  const adopted: IndexedPack[] = [];
  for await (const { key, size } of store.list(packsPrefix)) {
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (index.hasPack(name) || avoid.has(name)) continue;
    const pack = await readPack(store, packKey, name, size);
    if (!pack) continue;
    index.addPack(pack);
    adopted.push(pack);
  }
  return adopted;
}

async function readPack(store: Store, packKey: Buffer, name: string, size: number): Promise<IndexedPack | null> {
  try {
    const read = (offset: number, length: number) => store.get(packKeyPath(name), { offset, length });
    return { name, size, ...(await readPackEntries(packKey, name, size, read)) };
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED') || isOxbowError(error, 'OBJECT_NOT_FOUND')) return null;
    throw error;
  }
}

import { type IndexedPack, sealIndex } from '../chunks/index-format.ts';
import { adoptPacks, loadIndex } from '../chunks/load-index.ts';
import { packKeyPath } from '../chunks/pack-format.ts';
import { lockUntil } from '../vault.ts';
import type { Repair } from './repair-state.ts';

/** Packs listed in one new index object. */
const packsPerObject = 512;

export interface Reindexed {
  /** Index objects that can be read, the new ones among them. */
  present: string[];
  /** Index objects that cannot be read. */
  damaged: string[];
}

/** Writes index objects for packs that no readable one names, from their own lists. Memory: one index object besides the index. */
export async function reindex(repair: Repair): Promise<Reindexed> {
  const { vault, maintenance } = repair;
  const { store, keys } = vault;
  const { index, objects, damaged } = await loadIndex(store, keys.object);
  const present = [...objects];
  let packs: IndexedPack[] = [];
  const flush = async () => {
    const { key, bytes } = sealIndex(keys.object, packs);
    const named = packs.length === 1 ? packKeyPath(packs[0].name) : `${packs.length} packs`;
    packs = [];
    await repair.act(key, `an index object is made for ${named}`, async () => {
      await store.put(key, bytes, lockUntil(vault, maintenance.context.now()));
      present.push(key);
    });
  };
  await adoptPacks(store, keys.pack, index, {
    take: async (pack) => {
      packs.push(pack);
      if (packs.length >= packsPerObject) await flush();
    },
  });
  if (packs.length > 0) await flush();
  return { present, damaged: damaged.map((object) => object.key) };
}

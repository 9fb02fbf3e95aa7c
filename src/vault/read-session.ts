import { ChunkReader } from './chunks/chunk-reader.ts';
import { adoptPacks, loadIndex } from './chunks/load-index.ts';
import type { Vault } from './vault.ts';

/**
 * Opens a vault for reading. It takes no lease: where a prune moves a chunk meanwhile, or a pack is damaged, the reader looks for the chunk again. Packs
 * that no index names are found too when an index object is damaged or missing.
 */
export async function openReader(vault: Vault): Promise<ChunkReader> {
  const load = async (last?: ReadonlySet<string>) => {
    const { index, damaged, missing } = await loadIndex(vault.store, vault.keys.object, { last });
    // A chunk that no index knows may lie in a pack that no index names.
    if (last || damaged.length + missing.length > 0) await adoptPacks(vault.store, vault.keys.pack, index);
    return index;
  };
  return new ChunkReader({ store: vault.store, packKey: vault.keys.pack, index: await load(), reload: load });
}

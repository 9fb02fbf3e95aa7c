import { ChunkReader } from './chunks/chunk-reader.ts';
import { adoptPacks, loadIndex } from './chunks/load-index.ts';
import type { Vault } from './vault.ts';

/**
 * Opens a vault for reading. It takes no lease: where a prune moves a chunk meanwhile, the reader looks it up again. Packs that no index names
 * are found too when an index object is damaged.
 */
export async function openReader(vault: Vault): Promise<ChunkReader> {
  const load = async () => {
    const { index, damaged } = await loadIndex(vault.store, vault.keys.object);
    if (damaged.length > 0) await adoptPacks(vault.store, vault.keys.pack, index, new Set());
    return index;
  };
  return new ChunkReader({ store: vault.store, packKey: vault.keys.pack, index: await load(), reload: load });
}

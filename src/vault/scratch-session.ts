import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ChunkReader } from './chunks/chunk-reader.ts';
import { ChunkWriter } from './chunks/chunk-writer.ts';
import { loadIndex } from './chunks/load-index.ts';
import { gearTable } from './files/fast-cdc.ts';
import { openFolderStore } from './store/folder-store.ts';
import type { Store } from './store/store.ts';
import { boundarySeed, type Vault } from './vault.ts';
import type { WriteSession } from './write-session.ts';

/** What builds trees of rows and files: a session that ends in a snapshot, or one that ends in nothing. */
export type TreeSession = Pick<WriteSession, 'vault' | 'reader' | 'writer' | 'seed' | 'gear'>;

/** A session on paper: trees can be built and compared with those of the vault, which is not changed. */
export interface ScratchSession extends TreeSession {
  close(): Promise<void>;
}

/**
 * Opens a session whose new chunks go to a folder of its own, encrypted like those of the vault; what the vault has is not written at all. So what
 * is equal costs no room, and the trees of two sites can be compared by their ids.
 * @param folder an existing one for work files
 */
export async function openScratchSession(vault: Vault, folder: string): Promise<ScratchSession> {
  const { keys, store } = vault;
  const path = join(folder, 'scratch');
  const scratch = await openFolderStore(path, { create: true });
  const { index } = await loadIndex(store, keys.object);
  const own = new Set<string>();
  const writing: Store = withFace(scratch, {
    put: async (key, bytes) => {
      own.add(key);
      await scratch.put(key, bytes);
    },
  });
  const reading: Store = withFace(store, { get: (key, range) => (own.has(key) ? scratch : store).get(key, range) });
  const writer = new ChunkWriter({ store: writing, keys, index });
  return {
    vault,
    writer,
    reader: new ChunkReader({ store: reading, packKey: keys.pack, index }),
    seed: boundarySeed(vault),
    gear: gearTable(keys.chunker),
    async close() {
      await writer.abandon();
      await scratch.close();
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** The same store, but for some of its calls. */
function withFace(store: Store, calls: Partial<Store>): Store {
  const face: Store = {
    location: store.location,
    concurrency: store.concurrency,
    get: (key, range) => store.get(key, range),
    put: (key, bytes, options) => store.put(key, bytes, options),
    putIfAbsent: (key, bytes, options) => store.putIfAbsent(key, bytes, options),
    size: (key) => store.size(key),
    list: (prefix) => store.list(prefix),
    delete: (key) => store.delete(key),
    close: () => store.close(),
  };
  return Object.assign(face, calls);
}

import type { Store } from './store/store.ts';

/**
 * putIfAbsent for stores that may lose the acknowledgement of a write: when it fails or says that the key is taken, the bytes that stand there
 * decide whether it was this very write. Only for bytes that nobody else could write (they hold a fresh salt).
 */
export async function putIfAbsentSurely(store: Store, key: string, bytes: Buffer): Promise<boolean> {
  try {
    if (await store.putIfAbsent(key, bytes)) return true;
  } catch (error) {
    if (await holds(store, key, bytes)) return true;
    throw error;
  }
  return await holds(store, key, bytes);
}

async function holds(store: Store, key: string, bytes: Buffer): Promise<boolean> {
  try {
    return (await store.get(key)).equals(bytes);
  } catch {
    return false;
  }
}

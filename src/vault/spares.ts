import { isOxbowError } from '#base/errors.ts';
import type { Store } from './store/store.ts';

// A vault hangs on small objects: without `config` and a key slot nothing in it can be read, without its own object a snapshot is not found. Each
// has a copy below spare/, so that one rotten sector does not cost a vault or a snapshot.

const prefix = 'spare/';

export function spareKey(key: string): string {
  return `${prefix}${key}`;
}

/** The spares of the objects below a prefix, by the keys of those objects. */
export async function listSpares(store: Store, of: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(`${prefix}${of}`)) keys.push(key.slice(prefix.length));
  return keys;
}

/** Null when it is not there. */
export async function getOrNull(store: Store, key: string): Promise<Buffer | null> {
  try {
    return await store.get(key);
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_NOT_FOUND')) return null;
    throw error;
  }
}

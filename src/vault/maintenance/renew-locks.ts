import { isOxbowError } from '#base/errors.ts';
import { mapOrdered } from '#base/map-ordered.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { packKeyPath } from '../chunks/pack-format.ts';
import { lockUntil, type Vault } from '../vault.ts';

/** Small objects that must outlive whoever steals the rights to the bucket. The ledger, leases and marks change too often to be locked. */
const lockedPrefixes = ['config', 'keys/', 'snapshots/', 'index/', 'spare/config', 'spare/keys/', 'spare/snapshots/'];

/**
 * Moves the locks of what a vault needs on to `lockDays` from now: what was written long ago and is still needed must not become free to be deleted. To be
 * run more often than every lockDays. Returns how many objects were locked; 0 where the vault or its store does not lock.
 * @param packs names of packs that some snapshot needs
 */
export async function renewLocks(
  vault: Vault,
  packs: Iterable<string>,
  context: Pick<RunContext, 'now' | 'signal' | 'progress'>,
): Promise<number> {
  const { store } = vault;
  const { lockedUntil } = lockUntil(vault, context.now());
  if (!store.extendLock || lockedUntil === undefined) return 0;
  async function* keys() {
    for (const prefix of lockedPrefixes) for await (const { key } of store.list(prefix)) yield key;
    for (const name of packs) yield packKeyPath(name);
  }
  const renew = async (key: string) => {
    throwIfCancelled(context);
    try {
      await store.extendLock!(key, lockedUntil);
      return true;
    } catch (error) {
      if (isOxbowError(error, 'OBJECT_NOT_FOUND')) return false;
      throw error;
    }
  };
  let done = 0;
  for await (const renewed of mapOrdered(keys(), { concurrency: store.concurrency }, renew)) {
    if (renewed) context.progress({ phase: 'renewing locks', done: ++done, unit: 'steps' });
  }
  return done;
}

import { createHash } from 'node:crypto';
import { seal } from '../crypto/sealed-object.ts';
import { spareKey } from '../spares.ts';
import { lockUntil, type Vault } from '../vault.ts';
import { snapshotsPrefix } from './list-snapshots.ts';
import type { Snapshot, SnapshotHeader } from './snapshot.ts';

/** Makes a snapshot visible whose chunks are durable and in the index. Its spare comes first: alone it means nothing. */
export async function putSnapshot(vault: Vault, header: SnapshotHeader, now: Date): Promise<Snapshot> {
  const bytes = seal(vault.keys.object, 'snapshot', '', Buffer.from(JSON.stringify(header)));
  const id = createHash('sha256').update(bytes).digest('hex');
  const key = `${snapshotsPrefix}${id}`;
  await vault.store.put(spareKey(key), bytes, lockUntil(vault, now));
  await vault.store.put(key, bytes, lockUntil(vault, now));
  return { id, ...header };
}

import { throwIfCancelled } from '#base/run-context.ts';
import { type ChunkId, type ChunkKind, idOf, kindOf } from '../chunks/chunk-id.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import type { ChunkReader } from '../chunks/chunk-reader.ts';
import { ChunkWriter } from '../chunks/chunk-writer.ts';
import { updateLedger } from '../ledger/ledger.ts';
import { firstLedger, lockUntil } from '../vault.ts';
import type { Maintenance } from './maintain-lease.ts';
import type { NeededChunks } from './needed-chunks.ts';

/** Writes what is needed of these packs into new ones, in the old order. */
export async function repack(
  { vault, context }: Maintenance,
  reader: ChunkReader,
  index: ChunkIndex,
  needed: NeededChunks,
  victims: ReadonlySet<string>,
): Promise<void> {
  const { store, keys } = vault;
  // Collected first: the index grows while new packs come.
  const wanted: { id: ChunkId; kind: ChunkKind; pack: string; offset: number }[] = [];
  for (const { slot, entry } of index.entries()) {
    if (!needed.isNeeded(slot) || !victims.has(entry.pack)) continue;
    const kind = kindOf(entry.kind);
    if (kind) wanted.push({ id: idOf(entry.digest), kind, pack: entry.pack, offset: entry.offset });
  }
  wanted.sort((a, b) => (a.pack === b.pack ? a.offset - b.offset : a.pack < b.pack ? -1 : 1));
  const writer = new ChunkWriter({ store, keys, index, avoid: victims, put: lockUntil(vault, context.now()) });
  let done = 0;
  try {
    for await (const data of reader.readMany(wanted.map((one) => one.id))) {
      throwIfCancelled(context);
      writer.put(wanted[done].kind, data);
      done++;
      await writer.ready();
      context.progress({ phase: 'writing packs anew', done, total: wanted.length, unit: 'steps' });
    }
    await writer.flush();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  await updateLedger(
    store,
    keys.object,
    (state) => ({ ...state, indexes: [...new Set([...state.indexes, ...writer.indexes])] }),
    firstLedger(vault),
  );
}

import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deriveVaultKeys } from '../crypto/vault-keys.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { ChunkIndex } from './chunk-index.ts';
import { ChunkWriter } from './chunk-writer.ts';

// Run by pack-thread.test.ts: writes and flushes again and again in a process that nothing but its work keeps alive.

const keys = deriveVaultKeys(Buffer.alloc(32, 1));
for (let round = 0; round < 12; round++) {
  const writer = new ChunkWriter({ store: new MemoryStore(), keys, index: new ChunkIndex() });
  for (let i = 0; i < 30 + round * 3; i++) {
    writer.put('rows', randomBytes(250_000 + i * 5_000));
    await writer.ready();
    if (i % 7 === 0) await nextTurn();
  }
  if (round % 4 === 3) await writer.abandon();
  else await writer.flush();
}
process.stdout.write('done');

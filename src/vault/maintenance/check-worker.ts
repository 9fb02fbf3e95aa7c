import { parentPort, workerData } from 'node:worker_threads';
import { threadErrorOf } from '#base/thread-error.ts';
import { decodeEntries } from '../chunks/pack-format.ts';
import { judgePack, type PackKeys, type ReadPack } from './check-pack.ts';
import type { FromCheckWorker, ToCheckWorker } from './check-threads.ts';

// What runs in a thread of CheckThreads: takes packs, answers in their order what is wrong with each.

const keys: PackKeys = {
  pack: Buffer.from(workerData.pack as Uint8Array),
  chunkId: Buffer.from(workerData.chunkId as Uint8Array),
};
let last: Promise<void> = Promise.resolve();

function given({ name, bytes, salt, indexed }: ToCheckWorker): ReadPack {
  return {
    name,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    salt: salt && Buffer.from(salt),
    indexed: decodeEntries(Buffer.from(indexed)),
  };
}

async function answer(message: ToCheckWorker): Promise<void> {
  let found: FromCheckWorker;
  try {
    found = await judgePack(keys, given(message));
  } catch (error) {
    found = { error: threadErrorOf(error) };
  }
  parentPort!.postMessage(found);
}

parentPort!.on('message', (message: ToCheckWorker) => {
  last = last.then(() => answer(message));
});

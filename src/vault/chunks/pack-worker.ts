import { parentPort, workerData } from 'node:worker_threads';
import { threadErrorOf } from '#base/thread-error.ts';
import { type ChunkKind, chunkDigest, chunkKinds } from './chunk-id.ts';
import { encodeEntries, PackBuilder, packTarget } from './pack-format.ts';
import type { FromPackWorker, ToPackWorker } from './pack-thread.ts';
import { memoryFaulty, verifiedBodyNow } from './verified-body.ts';

// What runs in the thread of a PackThread: takes chunks in their order, compresses, encrypts and verifies them, and gives packs back.

const chunkKey = Buffer.from(workerData.chunkKey as Uint8Array);
const packKey = Buffer.from(workerData.packKey as Uint8Array);
const digestBytes = 32;
/** The other side hears at the latest after so many bytes that there is room again. */
const reportBytes = 512 * 1024;

let builder: PackBuilder | null = null;
let taken = { bytes: 0, chunks: 0 };
let isReporting = false;
let hasFailed = false;

function send(message: FromPackWorker, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}

function report(): void {
  isReporting = false;
  if (taken.chunks === 0) return;
  send({ what: 'taken', ...taken });
  taken = { bytes: 0, chunks: 0 };
}

function take(kind: ChunkKind, bytes: Buffer): void {
  const data = bytes.subarray(digestBytes);
  const body = verifiedBodyNow(kind, data);
  const digest = Buffer.from(bytes.subarray(0, digestBytes));
  // It was copied on its way here: what is packed is what was hashed.
  if (!chunkDigest(chunkKey, kind, data).equals(digest))
    throw memoryFaulty('A chunk changed in memory between hashing and packing');
  builder ??= new PackBuilder(packKey);
  builder.add({ digest, kind: chunkKinds[kind], packed: body !== data, rawLength: data.length }, body);
  if (builder.size >= packTarget) finishPack();
  taken.bytes += data.length;
  taken.chunks++;
  if (taken.bytes >= reportBytes) report();
  else if (!isReporting) {
    isReporting = true;
    setImmediate(report);
  }
}

function finishPack(): void {
  if (!builder) return;
  const { salt, entries } = builder;
  const { name, bytes } = builder.finish();
  builder = null;
  const message = { name, salt: new Uint8Array(salt), entries: new Uint8Array(encodeEntries(entries)), bytes };
  // Given away, not copied.
  send({ what: 'pack', ...message }, [bytes.buffer as ArrayBuffer]);
}

parentPort!.on('message', (message: ToPackWorker) => {
  if (hasFailed) return;
  try {
    if (message.what === 'chunk') {
      take(message.kind, Buffer.from(message.bytes));
      return;
    }
    finishPack();
    report();
    send({ what: 'finished' });
  } catch (error) {
    hasFailed = true;
    send({ what: 'failed', error: threadErrorOf(error) });
  }
});

import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import type { CallPace } from './call-pace.ts';

const readBytes = 1024 * 1024;
/** Files up to this size are read by blocking calls where the disk is fast. */
const smallBytes = 256 * 1024;

/** Reads what stands in `before` and not a byte more; a file that changed meanwhile is no whole file. */
export async function* readUnchanged(
  place: string,
  name: string,
  before: BigIntStats,
  pace: CallPace,
  context: RunContext,
): AsyncGenerator<Buffer> {
  const changed = () => {
    context.warn({ code: 'SOURCE_CHANGED', message: 'it was changed while it was read; the next backup takes it', object: name });
    return new OxbowError('SOURCE_CHANGED', `${name} was changed while it was read.`);
  };
  const isSame = (now: BigIntStats) => now.isFile() && now.size === before.size && now.mtimeNs === before.mtimeNs;
  try {
    if (before.size <= smallBytes && pace.isFast) {
      const started = performance.now();
      const bytes = readNow(place, Number(before.size), isSame);
      await pace.note(performance.now() - started);
      if (!bytes) throw changed();
      if (bytes.length > 0) yield bytes;
      return;
    }
    const file = await open(place, readOnly);
    try {
      if (!isSame(await file.stat({ bigint: true }))) throw changed();
      const size = Number(before.size);
      for (let at = 0; at < size; ) {
        const bytes = Buffer.allocUnsafe(Math.min(readBytes, size - at));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
        if (bytesRead === 0) throw changed();
        at += bytesRead;
        yield bytes.subarray(0, bytesRead);
      }
      if (!isSame(await file.stat({ bigint: true }))) throw changed();
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ELOOP') throw changed();
    if (error instanceof OxbowError || code === undefined) throw error;
    unreadable(context, name, error);
    throw new OxbowError('HOME_UNREADABLE', `${name} cannot be read: ${code}.`, {
      hint: 'Run Oxbow as a user who may read the home directory of Confluence.',
      cause: error,
    });
  }
}

const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW;

/** A whole small file by blocking calls; null when it is not what it was. */
function readNow(place: string, size: number, isSame: (now: BigIntStats) => boolean): Buffer | null {
  const file = openSync(place, readOnly);
  try {
    if (!isSame(fstatSync(file, { bigint: true }))) return null;
    const bytes = Buffer.allocUnsafe(size);
    for (let at = 0; at < size; ) {
      const read = readSync(file, bytes, at, size - at, at);
      if (read === 0) return null;
      at += read;
    }
    return isSame(fstatSync(file, { bigint: true })) ? bytes : null;
  } finally {
    closeSync(file);
  }
}

/** A warning by name. */
export function unreadable(context: RunContext, object: string, error: unknown): void {
  context.warn({
    code: 'HOME_UNREADABLE',
    message: `it cannot be read (${systemErrorCode(error) ?? (error as Error).message}) and is not in the backup`,
    object,
  });
}

import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';

const BLOCK = 256 * 1024;

export interface RangeStreamOptions {
  start: number;
  /** Absent: up to the end of the file. */
  length?: number;
  /** What to fail with when the file ends before `length`. */
  truncated?: () => Error;
  /** Turns an error of the operating system into what the reader of the stream gets. */
  failure: (error: unknown) => Error;
  /** Called once when the stream is closed, however that came. */
  closed?: () => Promise<void> | void;
}

/** Bytes of an open file from a position on, at most two blocks of 256 KiB ahead of the consumer. Does not close the file. */
export function rangeStream(handle: FileHandle, options: RangeStreamOptions): Readable {
  let position = options.start;
  const end = options.length === undefined ? Number.POSITIVE_INFINITY : options.start + options.length;
  return new Readable({
    highWaterMark: BLOCK,
    read() {
      if (position >= end) {
        this.push(null);
        return;
      }
      const wanted = Math.min(BLOCK, end - position);
      handle.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, position).then(
        ({ bytesRead, buffer }) => {
          position += bytesRead;
          if (bytesRead > 0) this.push(buffer.subarray(0, bytesRead));
          else if (options.truncated) this.destroy(options.truncated());
          else this.push(null);
        },
        (error) => this.destroy(options.failure(error)),
      );
    },
    destroy(error, done) {
      Promise.resolve(options.closed?.()).then(
        () => done(error),
        (closing) => done(error ?? options.failure(closing)),
      );
    },
  });
}

import type { Readable } from 'node:stream';

/** The streams that a source has given out and that are not closed yet. */
export class OpenStreams {
  readonly #closed = new Map<Readable, Promise<void>>();

  add(stream: Readable): Readable {
    const closed = new Promise<void>((resolve) => {
      stream.once('close', () => {
        this.#closed.delete(stream);
        resolve();
      });
    });
    this.#closed.set(stream, closed);
    return stream;
  }

  /** Destroys them and waits until what they held is free. */
  async close(): Promise<void> {
    for (const stream of this.#closed.keys()) stream.destroy();
    await Promise.all(this.#closed.values());
  }
}

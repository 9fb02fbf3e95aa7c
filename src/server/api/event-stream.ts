import type { FastifyReply } from 'fastify';

/** A client that reads slower than this is let go: it connects again and asks for everything. */
const mostBuffered = 1024 * 1024;

export interface StreamTimes {
  heartbeatMs: number;
  /** Then it ends, and the client comes again and shows who it is again. */
  longestMs: number;
}

/** An answer of server-sent events that stays open. */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #timers: NodeJS.Timeout[];
  readonly #closed: (() => void)[] = [];
  #isOpen = true;

  constructor(reply: FastifyReply, { heartbeatMs, longestMs }: StreamTimes) {
    this.#reply = reply;
    reply.hijack();
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = String(value);
    reply.raw.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies hand on what is there.
      'x-accel-buffering': 'no',
    });
    reply.raw.on('close', () => this.close());
    reply.raw.on('error', () => this.close());
    this.#timers = [
      setInterval(() => this.#write(': still here\n\n'), heartbeatMs),
      setTimeout(() => this.close(), longestMs) as NodeJS.Timeout,
    ];
    // Browsers come back after two seconds.
    this.#write('retry: 2000\n\n');
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @param id what the client names as the last that it has seen, when it comes again */
  send(event: string, data: unknown, id?: string): void {
    this.#write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Waits until the client has taken what was sent, or is gone. */
  async drained(): Promise<void> {
    const { raw } = this.#reply;
    if (!this.#isOpen || !raw.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      raw.once('drain', resolve);
      this.onClose(resolve);
    });
  }

  onClose(work: () => void): void {
    if (this.#isOpen) this.#closed.push(work);
    else work();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const work of this.#closed) work();
    this.#reply.raw.end();
  }

  #write(text: string): void {
    if (!this.#isOpen) return;
    this.#reply.raw.write(text);
    if (this.#reply.raw.writableLength > mostBuffered) {
      this.close();
      this.#reply.raw.destroy();
    }
  }
}

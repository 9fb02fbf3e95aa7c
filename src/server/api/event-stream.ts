import type { FastifyReply, FastifyRequest } from 'fastify';

const heartbeatMs = 15_000;
/** A client that reads slower than this is let go: it connects again and asks for everything. */
const mostBuffered = 1024 * 1024;

/** An answer of server-sent events that stays open. */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #closed: (() => void)[] = [];
  #isOpen = true;

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.#reply = reply;
    reply.hijack();
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = String(value);
    reply.raw.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    // Proxies hand on what is there; browsers come back after two seconds.
    reply.raw.write('retry: 2000\n\n');
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n'), heartbeatMs);
    request.raw.on('close', () => this.close());
    reply.raw.on('error', () => this.close());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(event: string, data: unknown): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  onClose(work: () => void): void {
    if (this.#isOpen) this.#closed.push(work);
    else work();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#heartbeat);
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

import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

/**
 * slow-down: answers 503 as S3 does; hang: never answers; cut-before: breaks the connection instead of passing the request on; cut-after: passes it
 * on and breaks the connection instead of answering; cut-body, hang-body: half of the answer's body; flip: a bit of the request's body is turned.
 */
export type ProxyFault = 'slow-down' | 'hang' | 'cut-before' | 'cut-after' | 'cut-body' | 'hang-body' | 'flip';

/** An HTTP proxy before a server, for tests: the next requests of a method meet the faults given. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #target: URL;
  /** Faults for the next requests of `method`, in their order. */
  faults: ProxyFault[] = [];
  method = 'PUT';

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    server.on('request', (incoming, answer) => void this.#handle(incoming, answer).catch(() => incoming.destroy()));
  }

  static async open(target: string): Promise<FaultyProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FaultyProxy(server, new URL(target));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  fail(method: string, ...faults: ProxyFault[]): void {
    this.method = method;
    this.faults = faults;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const fault = incoming.method === this.method ? this.faults.shift() : undefined;
    const body = await read(incoming);
    if (fault === 'hang') return;
    if (fault === 'cut-before') return void incoming.socket.destroy();
    if (fault === 'slow-down') {
      answer.writeHead(503, { 'content-type': 'application/xml' });
      answer.end('<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
      return;
    }
    if (fault === 'flip') body[body.length >> 1] ^= 1;
    const found = await this.#forward(incoming, body);
    const bytes = await read(found);
    if (fault === 'cut-after') return void incoming.socket.destroy();
    answer.writeHead(found.statusCode ?? 500, found.headers);
    if (fault === 'cut-body' || fault === 'hang-body') {
      answer.write(bytes.subarray(0, bytes.length >> 1), () => fault === 'cut-body' && incoming.socket.destroy());
    } else answer.end(bytes);
  }

  /** The host that was signed stays in the headers. */
  #forward(incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#target;
      const outgoing = request({
        hostname,
        port,
        path: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
        agent: false,
      });
      outgoing.on('response', resolve).on('error', reject).end(body);
    });
  }
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part);
  return Buffer.concat(parts);
}

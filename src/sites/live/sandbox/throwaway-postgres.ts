import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { EmbeddedPostgres } from './embedded-postgres.ts';

/** A private folder for a test, which the account that PostgreSQL runs as can pass through. */
export async function throwawayFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oxbow-test-'));
  await chmod(folder, 0o711);
  return folder;
}

/** A real PostgreSQL for tests, in a temporary folder that close() removes. */
export class ThrowawayPostgres {
  readonly #folder: string;
  readonly #server: EmbeddedPostgres;
  readonly #clients: Client[] = [];
  #databases = 0;

  private constructor(folder: string, server: EmbeddedPostgres) {
    this.#folder = folder;
    this.#server = server;
  }

  static async open(): Promise<ThrowawayPostgres> {
    const folder = await throwawayFolder();
    const options = { runtimeFolder: join(folder, 'runtime'), passwordFile: join(folder, 'password'), durable: false };
    return new ThrowawayPostgres(folder, await EmbeddedPostgres.open(join(folder, 'postgres'), options));
  }

  /** URL of a new, empty database. */
  async databaseUrl(): Promise<string> {
    const name = `test_${++this.#databases}`;
    const client = new Client(this.#server.url('postgres'));
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
    return this.#server.url(name);
  }

  /** A connection to a new, empty database, closed by close(). */
  async connect(): Promise<Client> {
    return await this.connectTo(await this.databaseUrl());
  }

  async connectTo(url: string): Promise<Client> {
    const client = new Client(url);
    // A test may let the server crash; whoever uses the connection afterwards hears of it.
    client.on('error', () => {});
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.end();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

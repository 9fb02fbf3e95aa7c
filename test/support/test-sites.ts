import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { RunContext, Warning } from '#base/run-context.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { ThrowawayPostgres } from '#sites/live/sandbox/throwaway-postgres.ts';
import { createConfluenceSchema } from '#sites/live/schema/confluence-schema.ts';

/** Live sites for tests: one PostgreSQL, a database and a home folder each. A new one is a copy of a template, so it costs little. */
export class TestSites {
  readonly folder: string;
  readonly #postgres: ThrowawayPostgres;
  readonly #admin: Client;
  readonly #template: string;
  readonly #clients = new Map<string, Client>();
  #made = 0;

  private constructor(folder: string, postgres: ThrowawayPostgres, admin: Client, template: string) {
    this.folder = folder;
    this.#postgres = postgres;
    this.#admin = admin;
    this.#template = template;
  }

  static async open(): Promise<TestSites> {
    const folder = await mkdtemp(join(tmpdir(), 'oxbow-sites-'));
    const postgres = await ThrowawayPostgres.open();
    const template = await postgres.databaseUrl();
    const client = new Client(template);
    await client.connect();
    await createConfluenceSchema(client, { version: '8.5.6', buildNumber: 9012, now: new Date(0) });
    await client.end();
    const admin = await postgres.connect();
    return new TestSites(folder, postgres, admin, template);
  }

  /** A site without content (Confluence 8.5.6), or a copy of another test site. */
  async create(from?: LiveSite): Promise<LiveSite> {
    const name = `site_${++this.#made}`;
    if (from) {
      await this.#clients.get(from.name)?.end();
      this.#clients.delete(from.name);
    }
    const template = new URL(from?.databaseUrl ?? this.#template).pathname.slice(1);
    await this.#admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    const url = new URL(this.#template);
    url.pathname = `/${name}`;
    const home = join(this.folder, name);
    await mkdir(join(home, 'attachments', 'v4'), { recursive: true });
    return { name, databaseUrl: url.toString(), home, schema: 'public' };
  }

  /** URL of a database without anything, on the same PostgreSQL. */
  async emptyDatabase(): Promise<string> {
    return await this.#postgres.databaseUrl();
  }

  async query<T extends object = Record<string, string>>(site: LiveSite, sql: string, values: unknown[] = []): Promise<T[]> {
    let client = this.#clients.get(site.name);
    if (!client) {
      const fresh = new Client(site.databaseUrl);
      // A server that crashes takes it along: the next query makes another.
      fresh.on('error', () => this.#clients.delete(site.name));
      client = fresh;
      await client.connect();
      this.#clients.set(site.name, client);
    }
    return (await client.query(sql, values)).rows as T[];
  }

  /** What a flow gets: a clock that moves a second a call, a work folder, and the warnings it gave. */
  async context(signal = new AbortController().signal): Promise<RunContext & { warnings: Warning[] }> {
    const workFolder = await mkdtemp(join(this.folder, 'work-'));
    const warnings: Warning[] = [];
    return {
      signal,
      now: () => new Date(1_700_000_000_000 + 1000 * clock++),
      workFolder,
      warn: (warning) => warnings.push(warning),
      progress: () => {},
      warnings,
    };
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await client.end();
    await this.#postgres.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

let clock = 0;

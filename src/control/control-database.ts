import pg from 'pg';
import { OxbowError } from '#base/errors.ts';
import { areAllMigrations, migrate } from './migrate.ts';

export type Value = string | number | bigint | boolean | null | Date | Buffer | string[] | object;

/** Runs statements: the database itself, or one transaction in it. Rows come as pg gives them, but bigint as text and times as Date. */
export interface Queries {
  query<Row extends object = Record<string, unknown>>(sql: string, values?: readonly Value[]): Promise<Row[]>;
}

export interface ControlOptions {
  /** Connections of this process at the same time. Default 8. */
  connections?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  /** Told when a connection that listens was lost and found again: events may have been missed. */
  onGap?: () => void;
}

const connectMs = 10_000;
const reconnectMs = 500;

/**
 * The control database: everything the server keeps (jobs, schedules, accounts, audit, settings). Opening brings its tables up to date.
 * Losing it loses no backup. Several servers may share it. Errors: CONTROL_DATABASE_UNREACHABLE, CONTROL_DATABASE_NEWER.
 */
export class ControlDatabase implements Queries {
  readonly #url: string;
  readonly #pool: pg.Pool;
  readonly #options: ControlOptions;
  readonly #listeners = new Map<string, Set<(payload: string) => void>>();
  readonly #gapListeners = new Set<() => void>();
  #listening: Promise<pg.Client> | null = null;
  #isClosed = false;

  private constructor(url: string, options: ControlOptions) {
    this.#url = url;
    this.#options = options;
    this.#pool = new pg.Pool({ ...this.#settings(), max: options.connections ?? 8, idleTimeoutMillis: 30_000 });
    // A connection that breaks while idle says so here; the pool makes a new one.
    this.#pool.on('error', () => {});
  }

  static async open(url: string, options: ControlOptions = {}): Promise<ControlDatabase> {
    const database = new ControlDatabase(url, options);
    try {
      const session = await database.session();
      try {
        await migrate(session);
      } finally {
        await session.end();
      }
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  async query<Row extends object>(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    return (await this.#pool.query<Row & pg.QueryResultRow>(sql, [...values])).rows;
  }

  /** Whether it answers, and its tables are those of this version. */
  async isCurrent(): Promise<boolean> {
    const applied = await this.query<{ name: string }>('SELECT name FROM migrations');
    return await areAllMigrations(applied.map(({ name }) => name));
  }

  /** One READ COMMITTED transaction: committed when `work` returns, rolled back when it throws. */
  async transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken = false;
    try {
      await client.query('BEGIN');
      const result = await work({ query: async (sql, values = []) => (await client.query(sql, [...values])).rows as never });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {
        broken = true;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** A session of its own, for locks that end with it. The caller ends it. */
  async session(): Promise<pg.Client> {
    const client = new pg.Client({ ...this.#settings(), keepAlive: true });
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      const { hostname, pathname } = URL.parse(this.#url) ?? { hostname: 'an address that is not a URL', pathname: '' };
      throw new OxbowError(
        'CONTROL_DATABASE_UNREACHABLE',
        `The control database at ${hostname}${pathname} cannot be reached: ${(error as Error).message}.`,
        { hint: 'Is PostgreSQL running there? Check the URL, the user and the password.', cause: error },
      );
    }
  }

  /** Tells everybody who listens to the channel, in every server. At most 8,000 bytes. */
  async notify(channel: string, payload: string): Promise<void> {
    await this.query('SELECT pg_notify($1, $2)', [channel, payload]);
  }

  /**
   * Calls the listener with each payload, from this server or another, until the function it returns is called. A lost connection is made anew;
   * what was said meanwhile is missed (onGap), so listeners also look for themselves now and then.
   */
  async listen(channel: string, listener: (payload: string) => void, onGap?: () => void): Promise<() => void> {
    const known = this.#listeners.get(channel) ?? new Set();
    known.add(listener);
    if (onGap) this.#gapListeners.add(onGap);
    this.#listeners.set(channel, known);
    this.#listening ??= this.#listenAgain();
    const client = await this.#listening;
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    return () => {
      known.delete(listener);
      if (onGap) this.#gapListeners.delete(onGap);
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const listening = await this.#listening?.catch(() => null);
    await listening?.end().catch(() => {});
    await this.#pool.end().catch(() => {});
  }

  #settings(): pg.ClientConfig {
    return {
      connectionString: this.#url,
      connectionTimeoutMillis: connectMs,
      application_name: this.#options.applicationName ?? 'oxbow control',
      options: '-c search_path=oxbow_control,public -c timezone=UTC -c client_min_messages=warning',
    };
  }

  async #listenAgain(): Promise<pg.Client> {
    const client = await this.session();
    client.on('notification', ({ channel, payload }) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(payload ?? '');
    });
    let isOver = false;
    const again = () => {
      if (isOver || this.#isClosed) return;
      isOver = true;
      this.#listening = this.#reconnect();
      this.#listening.catch(() => {});
    };
    client.on('error', again);
    client.on('end', again);
    return client;
  }

  async #reconnect(): Promise<pg.Client> {
    while (!this.#isClosed) {
      try {
        const client = await this.#listenAgain();
        for (const channel of this.#listeners.keys()) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
        this.#options.onGap?.();
        for (const onGap of this.#gapListeners) onGap();
        return client;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, reconnectMs));
      }
    }
    throw new OxbowError('CANCELLED', 'The control database was closed.');
  }
}

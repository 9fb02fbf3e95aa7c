import type pg from 'pg';
import { OxbowError } from '#base/errors.ts';
import { cancelOnAbort, connect, type LiveSite } from '../connection.ts';
import { loadSessionName } from '../restore/restore-leftovers.ts';
import { quoteIdent } from '../schema/catalog.ts';
import { type ParallelTask, runTasks } from './parallel-tasks.ts';

export type LoadTask = ParallelTask<LoadSession>;

/** One session of several that fill a schema. */
export interface LoadSession {
  client: pg.Client;
  /** Aborted when the work is cancelled, or has failed in another session. */
  signal: AbortSignal;
}

/**
 * Sessions that fill a schema side by side. Their commits are not waited for (synchronous_commit is off): the commit that makes the schema
 * visible is synchronous and flushes the log up to itself, and with it all that they wrote before.
 */
export class LoadSessions {
  readonly #sessions: LoadSession[] = [];
  readonly #watches: (() => void)[] = [];
  readonly #stop = new AbortController();
  #running = 0;

  private constructor(signal: AbortSignal) {
    const forward = () => this.#stop.abort();
    if (signal.aborted) forward();
    signal.addEventListener('abort', forward, { once: true });
    this.#watches.push(() => signal.removeEventListener('abort', forward));
  }

  /** Opens `jobs` sessions for the schema of the restore `id`. Cancelling through `signal` ends their statements at once. */
  static async open(site: LiveSite, id: string, schema: string, jobs: number, signal: AbortSignal): Promise<LoadSessions> {
    const sessions = new LoadSessions(signal);
    try {
      for (let n = 0; n < jobs; n++) {
        const client = await connect(site, loadSessionName + id);
        sessions.#sessions.push({ client, signal: sessions.#stop.signal });
        await client.query(
          `SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; SET work_mem = '64MB'; SET jit = off;
           SET search_path = ${quoteIdent(schema)}, public`,
        );
        sessions.#watches.push(cancelOnAbort(client, site, sessions.#stop.signal));
      }
      return sessions;
    } catch (error) {
      await sessions.close();
      throw error;
    }
  }

  /** Runs all tasks, and what follows from them. Throws the first failure, when nothing runs any more. */
  async run(tasks: LoadTask[]): Promise<void> {
    if (this.#stop.signal.aborted) throw new OxbowError('CANCELLED', 'Cancelled: nothing was changed.');
    this.#running++;
    try {
      await runTasks(this.#sessions, tasks, () => this.#stop.abort());
    } finally {
      this.#running--;
    }
  }

  /** Ends what runs, which fails. */
  stop(): void {
    this.#stop.abort();
  }

  /** Ends what runs and closes the sessions. */
  async close(): Promise<void> {
    if (this.#running > 0) this.#stop.abort();
    for (const endWatch of this.#watches) endWatch();
    await Promise.all(this.#sessions.map(({ client }) => client.end().catch(() => {})));
  }
}

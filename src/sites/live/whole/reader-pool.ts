import type pg from 'pg';
import { OxbowError } from '#base/errors.ts';
import { connect, type LiveSite } from '../connection.ts';

/**
 * A few sessions that all see the database as of one moment. Each stream takes one for itself; the first session, which the moment
 * belongs to, is one of them.
 */
export class ReaderPool {
  readonly #site: LiveSite;
  readonly #free: pg.Client[];
  readonly #all: pg.Client[];
  readonly #size: number;
  readonly #waiting: { give: (client: pg.Client) => void; refuse: (error: unknown) => void }[] = [];
  /** Sessions that were left in the middle of a stream, or whose transaction has failed: they answer nothing any more. */
  readonly #spoiled = new Set<pg.Client>();

  constructor(site: LiveSite, first: pg.Client, size: number) {
    this.#site = site;
    this.#free = [first];
    this.#all = [first];
    this.#size = size;
  }

  /** Opens the other sessions on the snapshot of the first. A standby cannot export one: then there is one session. */
  async share(): Promise<void> {
    if (this.#size < 2) return;
    const [first] = this.#all;
    const { rows } = await first.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
    if (rows[0].standby) return;
    const exported = await first.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    for (let i = 1; i < this.#size; i++) {
      const client = await connect(this.#site);
      this.#all.push(client);
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await client.query(`SET TRANSACTION SNAPSHOT '${exported.rows[0].id}'; SET LOCAL work_mem = '64MB'`);
      this.#free.push(client);
    }
  }

  /** Gives what `work` gives, on a session of its own for as long. Error: DATABASE_LOST when no session is left that could be used. */
  async *run(work: (client: pg.Client) => AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    const client = await this.#take();
    let isWhole = false;
    try {
      yield* work(client);
      isWhole = true;
    } finally {
      if (isWhole) this.#giveBack(client);
      else this.#spoil(client);
    }
  }

  async #take(): Promise<pg.Client> {
    if (this.#spoiled.size === this.#all.length) throw noneLeft(this.#site.name);
    return this.#free.pop() ?? (await new Promise((give, refuse) => this.#waiting.push({ give, refuse })));
  }

  #giveBack(client: pg.Client): void {
    const next = this.#waiting.shift();
    if (next) next.give(client);
    else this.#free.push(client);
  }

  #spoil(client: pg.Client): void {
    this.#spoiled.add(client);
    if (this.#spoiled.size < this.#all.length) return;
    for (const { refuse } of this.#waiting.splice(0)) refuse(noneLeft(this.#site.name));
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#all.map(async (client) => {
        // A stream that was left in the middle would answer nothing any more.
        await withinASecond(client.query('ROLLBACK'));
        await client.end().catch(() => {});
      }),
    );
  }
}

/** Whatever comes of it. A timer that is left running would keep the process alive when all is done. */
async function withinASecond(answer: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, 1000);
  });
  await Promise.race([answer.catch(() => {}), late]);
  clearTimeout(timer);
}

function noneLeft(name: string): OxbowError {
  return new OxbowError('DATABASE_LOST', `Reading the database of '${name}' was broken off. Nothing was changed.`, {
    hint: 'The error that came first says why.',
  });
}

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Bench, Pair } from './bench-run.ts';
import { percentile99, type Result } from './results.ts';
import { runTimed, settle } from './run-timed.ts';
import { role } from './server.ts';

/** Transactions a second, at fixed times: what waits because the server is busy counts as latency. */
const rate = 60;
const warmUpSeconds = 3;

/** A reader opens a page, an editor saves it. */
const script = `\\set id random(:first, :last)
SELECT c.title, b.body FROM content c JOIN bodycontent b ON b.contentid = c.contentid WHERE c.contentid = :id;
SELECT propertyname, stringval FROM contentproperties WHERE contentid = :id;
BEGIN;
UPDATE content SET version = version + 1, lastmoddate = now() WHERE contentid = :id;
UPDATE bodycontent SET body = body || ' ' WHERE contentid = :id;
COMMIT;
`;

/** How long edits take while nothing else goes on, while Oxbow reads everything, and while the peer does. */
export async function measureLoad(bench: Bench, pair: Pair, rounds: number): Promise<Result[]> {
  const { first, last } = await pageIds(bench);
  const works: Record<'alone' | 'oxbow' | 'nice' | 'limited' | 'dump' | 'peer', () => Promise<unknown>> = {
    alone: () => new Promise((resolve) => setTimeout(resolve, 12_000)),
    oxbow: () => pair.oxbow.backup(bench.wiki, '--full'),
    nice: () => pair.oxbow.politeBackup(bench.wiki, '--full', '--readers', '1'),
    limited: () => pair.oxbow.backup(bench.wiki, '--full', '--readers', '1', '--limit-rate', '40M'),
    dump: () => pair.peer.dump(bench.wiki.url),
    peer: () => pair.peer.backup(bench.wiki),
  };
  const found: Record<string, number[]> = { alone: [], oxbow: [], nice: [], limited: [], dump: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(works)) {
      await settle();
      const latencies = await underLoad(bench, first, last, work);
      found[name].push(...latencies);
      bench.note(`edits, ${name}: ${latencies.length}, 99 % within ${percentile99(latencies).toFixed(1)} ms`);
    }
  }
  const p99 = Object.fromEntries(Object.entries(found).map(([name, values]) => [name, percentile99(values)]));
  const line = (what: string, oxbow: number, goal: string): Result => ({
    what: `99 % of edits, ${what} (alone: ${p99.alone.toFixed(1)} ms)`,
    oxbow: `${oxbow.toFixed(1)} ms`,
    peer: `${p99.peer.toFixed(1)} ms; pg_dump alone ${p99.dump.toFixed(1)} ms`,
    ratio: `${(oxbow / p99.alone).toFixed(2)} of alone`,
    goal,
    reached: oxbow <= p99.alone * 1.2,
  });
  return [
    line('during a full backup', p99.oxbow, '1.2x of alone'),
    line('the same under nice -n 19, --readers 1', p99.nice, '1.2x of alone'),
    line('the same with --limit-rate 40M --readers 1', p99.limited, '1.2x of alone'),
  ];
}

async function pageIds({ server, wiki }: Bench): Promise<{ first: string; last: string }> {
  const client = new pg.Client(server.withPassword(wiki.url));
  await client.connect();
  try {
    const { rows } = await client.query<{ first: string; last: string }>(
      `SELECT min(contentid)::text AS first, max(contentid)::text AS last FROM content
       WHERE contenttype = 'PAGE' AND prevver IS NULL AND content_status = 'current'`,
    );
    return rows[0];
  } finally {
    await client.end();
  }
}

/** Latencies in ms of the transactions that ended while the work went on, or in the first part of it. */
async function underLoad({ server, tools, wiki, folder }: Bench, first: string, last: string, work: () => Promise<unknown>) {
  const file = join(folder, 'edit.sql');
  await writeFile(file, script);
  // A pgbench that is stopped early loses what it has measured.
  const seconds = Math.ceil(10 + (wiki.tableBytes + wiki.fileBytes) / 30e6);
  const args = [
    '-n',
    '-f',
    file,
    '-c',
    '4',
    '-R',
    String(rate),
    '-T',
    String(seconds),
    '-D',
    `first=${first}`,
    '-D',
    `last=${last}`,
  ];
  const place = ['-h', '127.0.0.1', '-p', String(server.port), '-U', role, new URL(wiki.url).pathname.slice(1)];
  const load = runTimed(join(tools.bin, 'pgbench'), [...args, '-l', '--log-prefix', join(folder, 'latencies'), ...place], {
    env: { PGPASSWORD: server.password },
  });
  load.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, warmUpSeconds * 1000));
  const from = Date.now() / 1000;
  await work();
  const to = Date.now() / 1000;
  await load;
  const latencies: number[] = [];
  for (const name of await readdir(folder)) {
    if (!name.startsWith('latencies')) continue;
    // client, number, microseconds, script, seconds and microseconds of the end, lag
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      const [, , latency, , end, fraction] = line.split(' ').map(Number);
      const at = end + fraction / 1e6;
      if (at >= from && at <= to) latencies.push(latency / 1000);
    }
    await rm(join(folder, name));
  }
  return latencies;
}

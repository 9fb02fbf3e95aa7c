import { hostname } from 'node:os';
import pg from 'pg';
import { openReader } from '../../src/vault/read-session.ts';
import { findSnapshot, readContents } from '../../src/vault/snapshots/list-snapshots.ts';
import type { SnapshotTable } from '../../src/vault/snapshots/snapshot.ts';
import { openStore } from '../../src/vault/store/open-store.ts';
import type { Store } from '../../src/vault/store/store.ts';
import { rowsInRange } from '../../src/vault/tree/tree-reader.ts';
import { openVault } from '../../src/vault/vault.ts';
import type { Bench, Pair } from './bench-run.ts';
import { passphrase } from './contenders.ts';
import { mb, median, type Result, s } from './results.ts';

/** One page with its bodies and properties out of the newest snapshot, from opening the vault on. */
export async function measurePage(bench: Bench, pair: Pair): Promise<Result[]> {
  const client = new pg.Client(bench.server.withPassword(bench.wiki.url));
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    `SELECT contentid::text AS id FROM content WHERE contenttype = 'PAGE' AND prevver IS NULL ORDER BY md5(contentid::text) LIMIT 5`,
  );
  await client.end();
  const seconds: number[] = [];
  let read = 0;
  for (const { id } of rows) {
    const started = performance.now();
    const store = counted(await openStore(pair.oxbow.folder, { now: () => new Date() }, {}));
    const vault = await openVault(store, passphrase, { host: hostname(), pid: process.pid, isAlive: () => true });
    const reader = await openReader(vault);
    const contents = await readContents(reader, await findSnapshot(vault, 'latest'));
    let bytes = 0;
    for (const name of ['content', 'bodycontent', 'contentproperties']) {
      const table = contents.tables.find((one: SnapshotTable) => one.name === name)!;
      const range = { from: Buffer.from(id), to: Buffer.from(id) };
      for await (const part of rowsInRange(reader, table.tree, table.key, range)) bytes += part.length;
    }
    await store.close();
    if (bytes === 0) throw new Error(`The snapshot has no page ${id}`);
    seconds.push((performance.now() - started) / 1000);
    read = Math.max(read, store.bytes());
  }
  const time = median(seconds);
  return [
    {
      what: 'one page out of the newest snapshot',
      oxbow: `${s(time)}, ${mb(read)} read`,
      peer: '',
      ratio: '',
      goal: '1 s, 20 MB',
      reached: time <= 1 && read <= 20e6,
    },
  ];
}

/** Counts the bytes that a store hands out. */
function counted(store: Store): Store & { bytes(): number } {
  let total = 0;
  return {
    location: store.location,
    concurrency: store.concurrency,
    async get(key, range) {
      const bytes = await store.get(key, range);
      total += bytes.length;
      return bytes;
    },
    put: (key, bytes, options) => store.put(key, bytes, options),
    putIfAbsent: (key, bytes, options) => store.putIfAbsent(key, bytes, options),
    size: (key) => store.size(key),
    list: (prefix) => store.list(prefix),
    delete: (key) => store.delete(key),
    close: () => store.close(),
    bytes: () => total,
  };
}

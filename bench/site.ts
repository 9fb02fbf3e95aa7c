import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { RunContext } from '../src/base/run-context.ts';
import { exportBackup } from '../src/flows/export/export-backup.ts';
import { generateBackup } from '../src/flows/generate/generate-site.ts';
import { restoreBackup } from '../src/flows/restore/restore-backup.ts';
import { GeneratedSite } from '../src/sites/generated/generated-site.ts';
import { ThrowawayPostgres } from '../src/sites/live/sandbox/throwaway-postgres.ts';
import { readCatalog } from '../src/sites/live/schema/catalog.ts';
import { addIndexesAndConstraints, addTriggers, createTables } from '../src/sites/live/schema/clone-structure.ts';
import { createConfluenceSchema } from '../src/sites/live/schema/confluence-schema.ts';

// How fast a site is restored and exported, against PostgreSQL's own COPY of the same rows into the same tables, indexes and constraints.
//   node bench/site.ts [--pages 20000] [--rounds 1]
// The peer does less: it reads no XML, checks nothing, copies no attachments. Both run in one transaction on the same server.

const { values: flags } = parseArgs({
  options: { pages: { type: 'string', default: '20000' }, rounds: { type: 'string', default: '1' } },
});
const pages = Number(flags.pages);
const options = { pages, attachments: Math.round(pages / 20), attachmentBytes: pages * 500 };

const folder = await mkdtemp(join(tmpdir(), 'oxbow-bench-'));
const context: RunContext = {
  signal: new AbortController().signal,
  now: () => new Date(),
  workFolder: folder,
  warn: () => {},
  progress: () => {},
};
const seconds = async (work: () => Promise<unknown>) => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

const postgres = await ThrowawayPostgres.open();
try {
  const zip = join(folder, 'site.zip');
  await generateBackup(options, zip, 'current', context);
  const site = new GeneratedSite(options);
  const tables = (await site.describe()).tables;
  let rowBytes = 0;
  for (const table of tables) {
    const file = createWriteStream(join(folder, table.name));
    for await (const batch of site.rows(table.name)) if (!file.write(batch.data)) await once(file, 'drain');
    file.end();
    await finished(file);
    rowBytes += (await stat(join(folder, table.name))).size;
  }
  const results: Record<string, string | number>[] = [];
  const add = (what: string, oxbow: number, peer: number) =>
    results.push({
      what,
      'oxbow, s': oxbow.toFixed(1),
      'COPY, s': peer.toFixed(1),
      ratio: (oxbow / peer).toFixed(2),
      'pages/s': Math.round(pages / oxbow),
    });
  for (let round = 0; round < Number(flags.rounds); round++) {
    const databaseUrl = await postgres.databaseUrl();
    const bare = await postgres.connectTo(databaseUrl);
    await createConfluenceSchema(bare, { version: '8.5.6', buildNumber: 9012, now: new Date() });
    const home = join(folder, `home-${round}`);
    await mkdir(join(home, 'attachments'), { recursive: true });
    const live = { name: 'bench', databaseUrl, home, schema: 'public' };
    const restore = await seconds(() => restoreBackup(zip, live, {}, context));

    const peer = await postgres.connectTo(await postgres.databaseUrl());
    await createConfluenceSchema(peer, { version: '8.5.6', buildNumber: 9012, now: new Date() });
    const copyIn = await seconds(async () => {
      const catalog = await readCatalog(peer, 'public');
      await peer.query(`BEGIN; SET LOCAL maintenance_work_mem = '256MB'; CREATE SCHEMA peer`);
      await createTables(peer, catalog, 'peer', { notNull: false });
      for (const table of tables) {
        const columns = table.columns.filter((column) => column.name !== 'email' || table.name !== 'user_mapping');
        if (columns.length < table.columns.length) await peer.query(`ALTER TABLE peer.${table.name} ADD COLUMN email text`);
        const list = table.columns.map((column) => `"${column.name}"`).join(', ');
        await pipeline(
          createReadStream(join(folder, table.name)),
          peer.query(copyFrom(`COPY peer."${table.name}" (${list}) FROM STDIN`)),
        );
        if (columns.length < table.columns.length) await peer.query(`ALTER TABLE peer.${table.name} DROP COLUMN email`);
      }
      await addIndexesAndConstraints(peer, catalog, 'peer');
      await addTriggers(peer, catalog, 'peer');
      await peer.query('COMMIT');
    });
    add('restore', restore, copyIn);

    const output = join(folder, `export-${round}.zip`);
    const written = await seconds(() =>
      exportBackup(live, output, { attachments: false }, context, async (path) => (await stat(path)).size),
    );
    const copyOut = await seconds(async () => {
      await peer.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      for (const table of tables) {
        const stream = peer.query(copyTo(`COPY (SELECT * FROM peer."${table.name}") TO STDOUT`));
        await pipeline(stream, createWriteStream(join(folder, 'copy-out')));
      }
      await peer.query('COMMIT');
    });
    add('export', written, copyOut);
  }
  process.stdout.write(
    `${pages} pages, ${(rowBytes / 1e6).toFixed(0)} MB of rows, ${((await stat(zip)).size / 1e6).toFixed(0)} MB zip\n`,
  );
  console.table(results);
  process.stdout.write(`peak memory of this process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB\n`);
} finally {
  await postgres.close();
  await rm(folder, { recursive: true, force: true });
}

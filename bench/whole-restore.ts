import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { RunContext } from '../src/base/run-context.ts';
import { generateLiveSite } from '../src/flows/generate/generate-site.ts';
import { connect, type LiveSite } from '../src/sites/live/connection.ts';
import { dropPreviousSite } from '../src/sites/live/restore/rollback.ts';
import { type Catalog, quoteIdent, readCatalog } from '../src/sites/live/schema/catalog.ts';
import { createConfluenceSchema } from '../src/sites/live/schema/confluence-schema.ts';
import type { WholeFile } from '../src/sites/live/whole/file-stage.ts';
import type { WholeTableRows } from '../src/sites/live/whole/parallel-load.ts';
import { siteFiles } from '../src/sites/live/whole/site-files.ts';
import { siteRoots } from '../src/sites/live/whole/site-roots.ts';
import { WholeSiteWriter } from '../src/sites/live/whole/whole-site-writer.ts';

// How fast a whole live site is rebuilt out of rows and files, against pg_restore -j2 and restic restore of the same site, into the same
// PostgreSQL and on the same disk.
//   node bench/whole-restore.ts --database postgres://postgres@localhost:5799/postgres --bin /usr/lib/postgresql/15/bin --restic restic
// The peers decompress and decrypt; the rows and files that Oxbow gets here are plain: this measures the writer, not the vault.

const { values: flags } = parseArgs({
  options: {
    database: { type: 'string' },
    bin: { type: 'string', default: '/usr/bin' },
    restic: { type: 'string', default: 'restic' },
    pages: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '2' },
    jobs: { type: 'string', default: '2' },
    parts: { type: 'boolean', default: false },
  },
});
const pages = Number(flags.pages);
const jobs = Number(flags.jobs);
const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'oxbow-bench-'));
let phases: [string, number][] = [];
const context: RunContext = {
  signal: new AbortController().signal,
  now: () => new Date(),
  workFolder: folder,
  warn: () => {},
  progress: ({ phase }) => {
    if (phases.at(-1)?.[0] !== phase) phases.push([phase, performance.now()]);
  },
};
const seconds = async (work: () => Promise<unknown>) => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

const admin = new pg.Client(flags.database);
await admin.connect();
const made: string[] = [];
async function database(name: string): Promise<string> {
  await admin.query(`DROP DATABASE IF EXISTS ${name}`);
  await admin.query(`CREATE DATABASE ${name}`);
  made.push(name);
  const url = new URL(flags.database!);
  url.pathname = `/${name}`;
  return url.toString();
}

async function source(): Promise<LiveSite> {
  const site = { name: 'bench', databaseUrl: await database('whole_source'), home: join(folder, 'source'), schema: 'public' };
  await mkdir(join(site.home, 'attachments'), { recursive: true });
  const client = await connect(site);
  await createConfluenceSchema(client, { version: '8.5.6', buildNumber: 9012, now: new Date() });
  await client.end();
  await generateLiveSite({ pages }, site, context);
  await dropPreviousSite(site);
  return site;
}

/** Every table as a file of COPY text. */
async function spool(site: LiveSite): Promise<{ catalog: Catalog; tables: WholeTableRows[] }> {
  const client = await connect(site);
  const catalog = await readCatalog(client, 'public');
  const tables: WholeTableRows[] = [];
  for (const { name, columns } of catalog.tables) {
    const file = join(folder, `rows-${name}`);
    const list = columns.map((column) => quoteIdent(column.name)).join(', ');
    const stream = client.query(copyTo(`COPY (SELECT ${list} FROM ${quoteIdent(name)}) TO STDOUT`));
    await pipeline(stream, createWriteStream(file));
    const open = () => createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
    const { rows } = await client.query(`SELECT pg_table_size('${quoteIdent(name)}')::int AS bytes`);
    tables.push({ name, columns, rows: stream.rowCount, bytes: rows[0].bytes, open });
  }
  await client.end();
  return { catalog, tables };
}

/** All files, known beforehand: to find them and to read them is not the work of the writer. */
async function listed(site: LiveSite): Promise<WholeFile[]> {
  const files: WholeFile[] = [];
  for await (const file of siteFiles(siteRoots(site, { installFiles: 'all' }), context)) {
    const open = async function* () {
      yield readFileSync(join(site.home, file.path.slice('home/'.length)));
    };
    files.push({ ...file, open });
  }
  return files;
}

async function* each<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}

const results: Record<string, string | number>[] = [];
try {
  const site = await source();
  const { catalog, tables } = await spool(site);
  const files = await listed(site);
  const dump = join(folder, 'dump');
  await run(join(flags.bin, 'pg_dump'), ['-Fc', '-n', 'public', '-f', dump, site.databaseUrl]);
  const repository = join(folder, 'restic');
  const restic = (...args: string[]) =>
    run(flags.restic, ['-r', repository, '--no-cache', '-q', ...args], { env: { ...process.env, RESTIC_PASSWORD: 'x' } });
  await restic('init');
  await restic('backup', site.home);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  for (let round = 0; round < Number(flags.rounds); round++) {
    await admin.query('CHECKPOINT');
    const peerUrl = await database('whole_peer');
    const restored = await seconds(() =>
      run(join(flags.bin, 'pg_restore'), ['-j', String(jobs), '--no-comments', '-d', peerUrl, dump]).catch((error) => {
        if (!String(error.stderr).includes('schema "public" already exists')) throw error;
      }),
    );
    const copied = await seconds(() => restic('restore', 'latest', '--target', join(folder, `peer-${round}`)));
    await admin.query('CHECKPOINT');
    const target = { ...site, databaseUrl: await database('whole_oxbow'), home: join(folder, `home-${round}`) };
    const writer = new WholeSiteWriter(target, `bench${round}`, context, { jobs });
    const parts: Record<string, string> = {};
    const part = async (name: string, work: () => Promise<unknown>) => {
      parts[name] = (await seconds(work)).toFixed(1);
    };
    phases = [];
    const oxbow = await seconds(async () => {
      await part('begin', () => writer.begin(catalog));
      const load = () => part('load', () => writer.loadTables(tables));
      const stage = () => part('files', () => writer.writeFiles(each(files)));
      if (flags.parts) {
        await load();
        await stage();
      } else await Promise.all([load(), stage()]);
      await part('verify', () => writer.verify());
      await part('commit', () => writer.commit());
    });
    const peer = restored + copied;
    results.push({
      'oxbow, s': oxbow.toFixed(1),
      ...parts,
      'pg_restore, s': restored.toFixed(1),
      'restic, s': copied.toFixed(1),
      ratio: (oxbow / peer).toFixed(2),
      'rows/s': Math.round(rows / oxbow),
      files: files.length,
    });
    if (flags.parts)
      for (const [phase, at] of phases) process.stdout.write(`${phase} ${((at - phases[0][1]) / 1000).toFixed(1)}\n`);
  }
  process.stdout.write(`${pages} pages, ${rows} rows, ${(bytes / 1e6).toFixed(0)} MB in tables\n`);
  console.table(results);
  process.stdout.write(`peak memory of this process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB\n`);
} finally {
  for (const name of new Set(made)) await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await admin.end();
  await rm(folder, { recursive: true, force: true });
}

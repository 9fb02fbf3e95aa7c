import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunContext } from '../src/base/run-context.ts';
import type { Bench } from './vault/bench-run.ts';
import { measureFirst, measureNights } from './vault/measure-backups.ts';
import { measureLoad } from './vault/measure-load.ts';
import { measurePage } from './vault/measure-page.ts';
import { measureCheck, measureRestore } from './vault/measure-restores.ts';
import { markdown, mb, type Result } from './vault/results.ts';
import { assertTools, BenchServer } from './vault/server.ts';
import { makeWiki } from './vault/wiki.ts';

// Backup and restore of a live site into a vault, against pg_dump and restic in the same run.
//   node bench/vault.ts [--pages 25000] [--nights 30] [--rounds 2] [--only nights,restore,check,page,load] [--bin FOLDER] [--restic PATH]
// Needs the server of PostgreSQL 15 and restic (apt-get install postgresql-15 restic), Linux, and as root the user postgres. All that it makes lies
// in one folder of the temporary directory and is removed at the end.

const { values: flags } = parseArgs({
  options: {
    pages: { type: 'string', default: '25000' },
    nights: { type: 'string', default: '30' },
    share: { type: 'string', default: '0.01' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string', default: 'nights,restore,check,page,load' },
    bin: { type: 'string', default: '/usr/lib/postgresql/15/bin' },
    restic: { type: 'string', default: 'restic' },
  },
});
const rounds = Number(flags.rounds);
const only = new Set(flags.only.split(','));
const tools = { bin: flags.bin, restic: flags.restic };
const note = (text: string) => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

await assertTools(tools);
const folder = await mkdtemp(join(tmpdir(), 'oxbow-bench-'));
await chmod(folder, 0o755);
await mkdir(join(folder, 'work'));
const context: RunContext = {
  signal: new AbortController().signal,
  now: () => new Date(),
  workFolder: join(folder, 'work'),
  warn: () => {},
  progress: () => {},
};
let server: BenchServer | null = null;
try {
  server = await BenchServer.start(tools.bin, join(folder, 'postgres'));
  const wiki = await makeWiki(server, folder, Number(flags.pages), context);
  note(`${wiki.pages} pages, ${mb(wiki.tableBytes)} of tables, ${mb(wiki.fileBytes)} of files`);
  const bench: Bench = { server, tools, folder, wiki, note };
  const { pair, results } = await measureFirst(bench, rounds);
  const add = async (name: string, measure: () => Promise<Result[]>) => {
    if (only.has(name)) results.push(...(await measure()));
  };
  await add('nights', () => measureNights(bench, pair, Number(flags.nights), Number(flags.share)));
  await add('restore', () => measureRestore(bench, pair, rounds));
  await add('check', () => measureCheck(bench, pair, rounds));
  await add('page', () => measurePage(bench, pair));
  await add('load', () => measureLoad(bench, pair, 1));
  process.stdout.write(markdown(results));
} finally {
  await server?.stop().catch((error) => note(String(error)));
  await rm(folder, { recursive: true, force: true });
}

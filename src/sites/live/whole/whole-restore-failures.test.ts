import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OxbowError } from '#base/errors.ts';
import { restoreWhole, type WholeSource } from '../../../../test/support/whole-copy.ts';
import { restoreNames, WholeSites, type WholeState, wholeState } from '../../../../test/support/whole-sites.ts';
import type { LiveSite } from '../connection.ts';
import { readTarget } from '../reader/read-target.ts';
import { rollbackLiveSite } from '../restore/rollback.ts';
import type { WholeFile } from './file-stage.ts';
import type { WholeTableRows } from './parallel-load.ts';
import { WholeSiteWriter } from './whole-site-writer.ts';
import { readWholeTarget } from './whole-target.ts';

let all: WholeSites;
let present: LiveSite;
let before: WholeState;
let empty: LiveSite;
let runs = 0;

beforeAll(async () => {
  all = await WholeSites.open();
  present = await all.copyOfOther();
  before = await wholeState(present);
  empty = await all.nowhere();
});
afterAll(async () => await all.close());

/** The source with one table changed. */
function withTable(name: string, change: (table: WholeTableRows) => Partial<WholeTableRows>): WholeSource {
  const tables = all.whole.tables.map((table) => (table.name === name ? { ...table, ...change(table) } : table));
  return { ...all.whole, tables };
}

/** The source with files after its own. */
function withFiles(...files: Partial<WholeFile>[]): WholeSource {
  const more = files.map(
    (file): WholeFile => ({
      path: 'home/z',
      kind: 'file',
      size: 1,
      mtime: '1600000000000000000',
      mode: 0o644,
      uid: 0,
      gid: 0,
      open: async function* () {
        yield Buffer.from('x');
      },
      ...file,
    }),
  );
  return {
    ...all.whole,
    files: async function* () {
      yield* all.whole.files();
      yield* more;
    },
  };
}

async function* rowsOf(table: WholeTableRows, change: (text: string) => string): AsyncGenerator<Buffer> {
  for await (const piece of table.open()) yield Buffer.from(change(piece.toString('latin1')), 'latin1');
}

async function failure(promise: Promise<unknown>): Promise<OxbowError> {
  return (await promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  )) as OxbowError;
}

/** Runs into a Confluence and into nothing: each is afterwards as it was. */
async function failing(source: WholeSource, signal?: () => AbortSignal): Promise<OxbowError> {
  const error = await failure(restoreWhole(source, present, `failing_${++runs}`, await all.sites.context(signal?.())));
  expect(await wholeState(present)).toEqual(before);
  expect(restoreNames(present)).toEqual([]);
  expect(await all.schemasOf(present)).toEqual(['oxbow']);
  const same = await failure(restoreWhole(source, empty, `failing_${++runs}`, await all.sites.context(signal?.())));
  expect(same.code).toBe(error.code);
  expect(await all.schemasOf(empty)).toEqual([]);
  expect(existsSync(join(empty.home, '..'))).toBe(false);
  expect(await readWholeTarget(empty)).toMatchObject({ database: 'empty', home: 'missing', recovered: [] });
  return error;
}

describe('a whole restore that fails leaves the target as it was', () => {
  it('when a row is damaged', async () => {
    const source = withTable('content', (table) => ({ open: () => rowsOf(table, (text) => text.replace('\t', '\tnonsense\t')) }));
    const error = await failing(source);
    expect(error).toMatchObject({ code: 'DATABASE_ERROR', message: expect.stringContaining('loading the table content') });
  });

  it('when rows are missing', async () => {
    const source = withTable('bodycontent', (table) => ({
      open: () => rowsOf(table, (text) => text.slice(text.indexOf('\n') + 1)),
    }));
    expect(await failing(source)).toMatchObject({ code: 'ROWS_INCOMPLETE', message: expect.stringContaining('bodycontent') });
  });

  it('when the stream of a table breaks in the middle', async () => {
    const source = withTable('links', (table) => ({
      open: async function* () {
        for await (const piece of table.open()) yield piece.subarray(0, piece.indexOf(10) + 1);
        await sleep(200);
        throw new OxbowError('CHUNK_MISSING', 'gone');
      },
    }));
    expect((await failing(source)).code).toBe('CHUNK_MISSING');
  });

  it('when a key is there twice', async () => {
    const source = withTable('spaces', (table) => ({
      rows: table.rows + 1,
      open: () => rowsOf(table, (text) => text.slice(0, text.indexOf('\n') + 1) + text),
    }));
    const error = await failing(source);
    expect(error).toMatchObject({ code: 'DATABASE_ERROR', message: expect.stringMatching(/table spaces.*unique/s) });
  });

  it('when a foreign key leads nowhere', async () => {
    // What identities refer to.
    const broken = withTable('AO_TEST_ODD', () => ({ rows: 0, bytes: 0 }));
    expect(await failing(broken)).toMatchObject({
      code: 'DATABASE_ERROR',
      message: expect.stringContaining('checking identities_odd_id_fkey of the table identities'),
    });
  });

  it('when a table is not given at all', async () => {
    const source = { ...all.whole, tables: all.whole.tables.filter((table) => table.name !== 'likes') };
    expect(await failing(source)).toMatchObject({ code: 'ROWS_INCOMPLETE', message: expect.stringContaining('likes') });
  });

  it('when rows and catalog do not fit together', async () => {
    const columns = [{ name: 'twice', type: 'numeric' }];
    expect((await failing(withTable('AO_TEST_ODD', () => ({ columns })))).code).toBe('SNAPSHOT_INCONSISTENT');
    expect((await failing(withTable('likes', () => ({ name: 'unheard_of' })))).code).toBe('SNAPSHOT_INCONSISTENT');
  });

  it('when a file cannot be read to its end', async () => {
    const open = async function* () {
      yield Buffer.alloc(300_000);
      throw new OxbowError('CHUNK_MISSING', 'gone');
    };
    expect((await failing(withFiles({ size: 600_000, open }))).code).toBe('CHUNK_MISSING');
  });

  it('when a file is shorter or longer than it should be', async () => {
    const short = { code: 'FILE_INCOMPLETE', message: expect.stringContaining('home/z has 1 bytes') };
    expect(await failing(withFiles({ size: 2 }))).toMatchObject(short);
    expect(await failing(withFiles({ size: 900_000 }))).toMatchObject(short);
    expect((await failing(withFiles({ size: 0 }))).code).toBe('FILE_INCOMPLETE');
  });

  it('when one of rows and files fails, as soon as it does', async () => {
    let reading = 0;
    const endless = async function* () {
      reading++;
      try {
        for (;;) {
          await sleep(5);
          yield Buffer.from('1\t1\n');
        }
      } finally {
        reading--;
      }
    };
    const columns = [
      { name: 'a', type: 'integer' },
      { name: 'b', type: 'text' },
    ];
    const source = withTable('without key', () => ({ columns, bytes: 1e9, open: endless }));
    expect((await failing({ ...source, files: withFiles({ path: '..' }).files })).code).toBe('UNSAFE_PATH');
    expect(reading).toBe(0);
    const files = async function* () {
      for (;;) {
        await sleep(5);
        const mtime = '1600000000000000000';
        yield { path: `home/${++runs}`, kind: 'folder' as const, size: 0, mtime, mode: 0o755, uid: 0, gid: 0, open: endless };
      }
    };
    const damaged = withTable('parents', () => ({ rows: 5 }));
    expect((await failing({ ...damaged, files })).code).toBe('ROWS_INCOMPLETE');
  });

  it.each(['reading the first rows', 'loading rows', 'building indexes', 'copying files', 'verifying'])(
    'when it is cancelled while %s',
    async (phase) => {
      let cancel = new AbortController();
      const source: WholeSource = {
        ...all.whole,
        tables: all.whole.tables.map((table) => ({
          ...table,
          open: () => {
            if (phase === 'reading the first rows') cancel.abort();
            return table.open();
          },
        })),
      };
      for (const site of [present, empty]) {
        cancel = new AbortController();
        const context = await all.sites.context(cancel.signal);
        const progress = (step: { phase: string }) => {
          if (step.phase === phase) cancel.abort();
        };
        const error = await failure(restoreWhole(source, site, `cancelled_${++runs}`, { ...context, progress }));
        expect(error.code).toBe('CANCELLED');
      }
      expect(await wholeState(present)).toEqual(before);
      expect([...restoreNames(present), ...(await all.schemasOf(present))]).toEqual(['oxbow']);
      expect([existsSync(empty.home), await all.schemasOf(empty)]).toEqual([false, []]);
    },
  );

  it('when the disk of the home is full', async ({ skip }) => {
    const disk = join(all.sites.folder, 'small-disk');
    await mkdir(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=900k', 'oxbow-test', disk], { stdio: 'ignore' });
    } catch {
      skip('this machine does not allow to mount a small disk');
    }
    try {
      const site = { ...(await all.copyOfOther()), home: disk };
      await writeFile(join(disk, 'own'), 'stays');
      const state = await wholeState(site);
      const error = await failure(restoreWhole(all.whole, site, 'full', await all.sites.context()));
      expect(error).toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining(disk) });
      expect(await wholeState(site)).toEqual(state);
      expect([...restoreNames(site), ...(await all.schemasOf(site))]).toEqual(['oxbow']);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

describe('a whole restore that loses the database in the moment of its commit', () => {
  it.each([true, false])('(the database heard it: %s) says that nobody knows, and the next command settles it', async (heard) => {
    const site = await all.copyOfOther();
    const query = pg.Client.prototype.query;
    let decided = false;
    pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
      decided ||= args[0] === 'INSERT INTO oxbow.restores VALUES ($1, $2)';
      const answer = (given: unknown[]) => (query as (...all: unknown[]) => unknown).apply(this, given);
      if (!decided || args[0] !== 'COMMIT') return answer(args);
      decided = false;
      return (async () => {
        await answer([heard ? 'COMMIT' : 'ROLLBACK']);
        throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
      })();
    } as typeof query;
    try {
      const error = await failure(restoreWhole(all.whole, site, 'uncertain', await all.sites.context()));
      expect(error.code).toBe('RESTORE_UNCERTAIN');
    } finally {
      pg.Client.prototype.query = query;
    }
    expect(restoreNames(site)).toEqual(['oxbow-restore-uncertain']);
    expect((await readTarget(site)).recovered).toEqual([expect.stringContaining(heard ? 'finished' : 'as it was before it')]);
    const state = await wholeState(site);
    if (heard) expect(state.rows).toEqual((await wholeState(all.source)).rows);
    else expect(state).toEqual(before);
    expect(await all.schemasOf(site)).toEqual(heard ? ['oxbow', 'oxbow_before_uncertain'] : ['oxbow']);
  });
});

describe('a whole restore refuses', () => {
  const refused = async (site: LiveSite, roots = {}) =>
    await failure(restoreWhole(all.whole, site, `refused_${++runs}`, await all.sites.context(), { roots }));

  it('a database that lacks an extension, and names it', async () => {
    const site = await all.nowhere();
    await all.sites.query(site, 'DROP EXTENSION pg_trgm');
    const hint = expect.stringContaining('CREATE EXTENSION "pg_trgm"');
    expect(await refused(site)).toMatchObject({ code: 'EXTENSION_MISSING', hint });
    expect(await readWholeTarget(site)).toMatchObject({ database: 'empty', home: 'missing', recovered: [] });
  });

  it('a database with tables that are none of Confluence', async () => {
    const site = await all.nowhere();
    await all.sites.query(site, 'CREATE TABLE public.precious (id int)');
    const expected = { code: 'TARGET_NOT_EMPTY', message: expect.stringContaining('precious') };
    expect(await refused(site)).toMatchObject(expected);
    await expect(readWholeTarget(site)).rejects.toMatchObject(expected);
  });

  it('a folder for another root that is not empty', async () => {
    const site = await all.nowhere();
    expect(await refused(site, { install: all.source.home })).toMatchObject({ code: 'FOLDER_NOT_EMPTY' });
    expect(existsSync(site.home)).toBe(false);
  });

  it('a target that another restore has, and leaves that one alone', async () => {
    const context = await all.sites.context();
    const running = new WholeSiteWriter(present, 'running', context);
    await running.begin(all.whole.catalog);
    expect((await refused(present)).code).toBe('RESTORE_BUSY');
    await expect(rollbackLiveSite(present, 'rollback')).rejects.toMatchObject({ code: 'RESTORE_BUSY' });
    expect((await readTarget(present)).recovered).toEqual([]);
    expect(restoreNames(present)).toEqual(['oxbow-restore-running']);
    expect(await all.schemasOf(present)).toEqual(['oxbow', 'oxbow_next_running']);
    await running.abort();
    expect(await wholeState(present)).toEqual(before);
  });
});

describe('a hostile path', () => {
  it.each([
    ['that leaves its root', 'home/../outside'],
    ['that leaves its root deep inside', 'home/x/../../outside'],
    ['that is absolute', '/etc/outside'],
    ['with an empty part', 'home//outside'],
    ['with a dot', 'home/./outside'],
    ['that ends with a slash', 'home/'],
    ['that is empty', ''],
    ['of dots', '..'],
    ['with a NUL', 'home/nul\0l'],
    ['with too long a name', `home/${'x'.repeat(300)}`],
    ['that is too long', `home/${'x/'.repeat(3000)}y`],
  ])('%s is refused by name', async (_, path) => {
    const error = await failing(withFiles({ path }));
    expect(error).toMatchObject({ code: 'UNSAFE_PATH', message: expect.stringContaining(JSON.stringify(path).slice(0, 100)) });
  });

  it('through a link is refused, and what the link leads to stays as it is', async () => {
    const outside = join(all.sites.folder, 'outside');
    await mkdir(outside, { recursive: true });
    await writeFile(join(outside, 'passwd'), 'untouched');
    const link = { path: 'home/y', kind: 'link' as const, target: outside };
    for (const file of [
      { path: 'home/y/passwd' },
      { path: 'home/y/new/passwd' },
      { path: 'home/y/new', kind: 'folder' as const },
      { path: 'home/y', kind: 'folder' as const },
    ])
      expect((await failing(withFiles(link, file))).code).toBe('UNSAFE_PATH');
    const direct = { path: 'home/y', kind: 'link' as const, target: join(outside, 'passwd') };
    expect((await failing(withFiles(direct, { path: 'home/y' }))).code).toBe('UNSAFE_PATH');
    expect(await readFile(join(outside, 'passwd'), 'utf8')).toBe('untouched');
  });

  it('through a file, or there twice, is refused', async () => {
    expect((await failing(withFiles({}, { path: 'home/z/below' }))).code).toBe('UNSAFE_PATH');
    expect((await failing(withFiles({}, {}))).code).toBe('UNSAFE_PATH');
    expect((await failing(withFiles({ path: 'home' }))).code).toBe('UNSAFE_PATH');
  });
});

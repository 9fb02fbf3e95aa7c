import { chown, lstat, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileDigests, tableDigests } from '../../../../test/support/site-digest.ts';
import { restoreWhole, type WholeSource } from '../../../../test/support/whole-copy.ts';
import { homeFacts, restoreNames, WholeSites, type WholeState, wholeState } from '../../../../test/support/whole-sites.ts';
import { connect, type LiveSite } from '../connection.ts';
import { readTarget } from '../reader/read-target.ts';
import { dropPreviousSite, rollbackLiveSite } from '../restore/rollback.ts';
import { type Catalog, readCatalog } from '../schema/catalog.ts';
import { readWholeTarget } from './whole-target.ts';

let all: WholeSites;
beforeAll(async () => {
  all = await WholeSites.open();
});
afterAll(async () => await all.close());

async function catalogOf(site: LiveSite): Promise<Catalog> {
  const client = await connect(site);
  try {
    return await readCatalog(client, site.schema);
  } finally {
    await client.end();
  }
}

/** Node passes times as doubles: a quarter of a microsecond is lost. */
async function expectSameHome(found: string, wanted: string): Promise<void> {
  const [a, b] = [await homeFacts(found), await homeFacts(wanted)];
  const named = (facts: typeof a) => Object.entries(facts).map(([path, entry]) => [path, entry.facts]);
  expect(named(a)).toEqual(named(b));
  const off = Object.keys(a).filter((path) => Math.abs(Number(a[path].time - b[path].time)) > 250);
  expect(off).toEqual([]);
}

describe('a whole site that is restored into an empty database', () => {
  let target: LiveSite;
  let warnings: string[];

  beforeAll(async () => {
    target = await all.nowhere();
    expect(await readWholeTarget(target)).toMatchObject({ database: 'empty', version: null, home: 'missing', recovered: [] });
    const context = await all.sites.context();
    const writer = await restoreWhole(all.whole, target, 'first', context);
    warnings = context.warnings.map((warning) => warning.code);
    expect(writer.previous).toBe(null);
  });

  it('has all rows and sequences', async () => {
    expect(await tableDigests(target.databaseUrl)).toEqual(await tableDigests(all.source.databaseUrl));
  });

  it('has the structure of its original, odd objects included', async () => {
    expect(await catalogOf(target)).toEqual(all.whole.catalog);
    expect(await all.sites.query(target, `SELECT n FROM counted`)).toEqual(
      await all.sites.query(all.source, `SELECT n FROM counted`),
    );
    expect(await all.sites.query(target, `SELECT count(*)::int AS n FROM pg_constraint WHERE NOT convalidated`)).toEqual([
      { n: 1 },
    ]);
  });

  it('works: keys are kept apart, sequences go on, triggers fire', async () => {
    await all.sites.query(target, `INSERT INTO "AO_TEST_ODD" ("SIZE") VALUES (9999)`);
    expect(await all.sites.query(target, `SELECT "ID", "Quote""d name" AS text FROM "AO_TEST_ODD" WHERE "SIZE" = 9999`)).toEqual([
      { ID: 3001, text: 'st\\ed' },
    ]);
    await expect(all.sites.query(target, 'INSERT INTO identities (odd_id) VALUES (1)')).rejects.toThrow(/unique/);
    await expect(all.sites.query(target, 'INSERT INTO identities (odd_id) VALUES (70000)')).rejects.toThrow(/foreign key/);
    await all.sites.query(target, `DELETE FROM "AO_TEST_ODD" WHERE "SIZE" = 9999; SELECT setval('"AO_TEST_ODD_ID_seq"', 3000)`);
  });

  it('has all files with their modes and times, folders and links too', async () => {
    expect(await fileDigests(target.home)).toEqual(await fileDigests(all.source.home));
    await expectSameHome(target.home, all.source.home);
    expect(warnings).toEqual(['CONFIG_OTHER_DATABASE']);
  });

  it('leaves nothing of the restore behind, and is a site like any other', async () => {
    expect(restoreNames(target)).toEqual([]);
    expect(await all.schemasOf(target)).toEqual(['oxbow']);
    expect(await readWholeTarget(target)).toMatchObject({
      database: 'confluence',
      version: '8.5.6',
      build: 9012,
      home: 'filled',
    });
    expect((await readTarget(target)).recovered).toEqual([]);
    await expect(rollbackLiveSite(target, 'back')).rejects.toMatchObject({ code: 'NOTHING_TO_ROLL_BACK' });
  });
});

describe('a whole site that is restored over another', () => {
  let target: LiveSite;
  let before: WholeState;
  let after: WholeState;

  beforeAll(async () => {
    target = await all.copyOfOther();
    before = await wholeState(target);
    const context = await all.sites.context();
    const writer = await restoreWhole(all.whole, target, 'second', context);
    expect(writer.previous).toBe('oxbow_before_second');
    expect(context.warnings).toEqual([
      expect.objectContaining({ code: 'CONFIG_KEPT', message: expect.stringContaining('its build number is 8000') }),
    ]);
    after = await wholeState(target);
  });

  it('has its rows and files, and keeps its configuration and what the snapshot does not hold', async () => {
    expect(after.rows).toEqual(await tableDigests(all.source.databaseUrl));
    expect(await catalogOf(target)).toEqual(all.whole.catalog);
    const { 'confluence.cfg.xml': own, 'logs/stays.log': log, ...files } = after.files;
    const { 'confluence.cfg.xml': theirs, ...expected } = await fileDigests(all.source.home);
    expect(files).toEqual(expected);
    expect(own).not.toBe(theirs);
    expect(log).toBeDefined();
    expect(await readFile(join(target.home, 'home-before-second', 'keys', 'old.key'), 'utf8')).toBe('old');
  });

  it('gives back the former site by a rollback, and the restored one by a second', async () => {
    expect(await rollbackLiveSite(target, 'third')).toBe('oxbow_before_third');
    expect(await wholeState(target)).toEqual(before);
    await rollbackLiveSite(target, 'fourth');
    expect(await wholeState(target)).toEqual(after);
    expect(restoreNames(target)).toEqual(['attachments-before-fourth', 'home-before-fourth']);
  });

  it('gives up the former site, files included, when it is dropped', async () => {
    await dropPreviousSite(target);
    expect(restoreNames(target)).toEqual([]);
    expect(await all.schemasOf(target)).toEqual(['oxbow']);
    expect(await wholeState(target)).toEqual(after);
  });
});

describe('files of other roots', () => {
  /** The home of the source as two other roots, with an owner of their own. */
  const source = (owner = { uid: 0, gid: 0 }): WholeSource => ({
    ...all.whole,
    files: async function* () {
      for await (const file of all.whole.files()) yield { ...file, ...owner };
      for (const root of ['install', 'local-home', 'unheard-of']) {
        const base = { mtime: '1600000000000000000', ...owner };
        const folder = { ...base, path: `${root}/bin`, kind: 'folder' as const, size: 0, mode: 0o755 };
        const open = async function* () {
          yield Buffer.from(root);
        };
        yield { ...folder, open };
        yield { ...base, path: `${root}/bin/run.sh`, kind: 'file', size: root.length, mode: 0o4755, open };
      }
    },
  });

  it('go to the folders that were named, and nowhere when none was', async () => {
    const target = await all.nowhere();
    const empty = join(all.sites.folder, 'empty-install');
    await mkdir(empty);
    const context = await all.sites.context();
    await restoreWhole(source(), target, 'roots', context, { roots: { install: empty, 'local-home': null } });
    expect(await fileDigests(empty)).toHaveProperty('bin/run.sh');
    expect((await stat(join(empty, 'bin', 'run.sh'))).mode & 0o7777).toBe(0o755);
    expect(Object.keys(await fileDigests(join(target.home, '..')))).toEqual(
      Object.keys(await fileDigests(all.source.home)).map((path) => `yet/${path}`),
    );
    expect(context.warnings.filter((warning) => warning.code === 'FILES_PASSED_OVER')).toEqual([
      expect.objectContaining({ object: 'unheard-of/' }),
    ]);
  });

  it('may go to folders that are not there yet', async () => {
    const target = await all.nowhere();
    const folder = join(all.sites.folder, 'new', 'install');
    await restoreWhole(source(), target, 'roots', await all.sites.context(), { roots: { install: folder } });
    expect(Object.keys(await fileDigests(join(folder, '..')))).toEqual(['install/bin/run.sh']);
  });

  it.runIf(process.getuid?.() === 0)('belong to whom they belonged, in a home of somebody else to that one', async () => {
    const ownersIn = async (folder: string) => {
      const owners = new Set<string>();
      for (const path of ['', ...Object.keys(await homeFacts(folder))]) {
        const { uid, gid } = await lstat(join(folder, path));
        owners.add(`${uid}:${gid}`);
      }
      return [...owners];
    };
    const fresh = await all.nowhere();
    const folder = join(all.sites.folder, 'owned-install');
    await restoreWhole(source({ uid: 4711, gid: 4712 }), fresh, 'owners', await all.sites.context(), {
      roots: { install: folder },
    });
    expect(await ownersIn(fresh.home)).toEqual(['4711:4712']);
    expect(await ownersIn(join(folder, 'bin'))).toEqual(['4711:4712']);
    const present = await all.nowhere();
    await mkdir(present.home, { recursive: true });
    await chown(present.home, 4801, 4802);
    await restoreWhole(source({ uid: 4711, gid: 4712 }), present, 'owners', await all.sites.context());
    expect(await ownersIn(present.home)).toEqual(['4801:4802']);
  });
});

it('a home that was not empty keeps what is not replaced, and says where the rest is', async () => {
  const target = await all.nowhere();
  await mkdir(join(target.home, 'keys'), { recursive: true });
  await writeFile(join(target.home, 'keys', 'mine'), 'mine');
  await writeFile(join(target.home, 'other'), 'other');
  const context = await all.sites.context();
  await restoreWhole(all.whole, target, 'filled', context);
  expect(restoreNames(target)).toEqual(['home-before-filled']);
  expect(await readFile(join(target.home, 'home-before-filled', 'keys', 'mine'), 'utf8')).toBe('mine');
  expect(await readFile(join(target.home, 'other'), 'utf8')).toBe('other');
  expect(context.warnings.map((warning) => warning.code).sort()).toEqual(['CONFIG_OTHER_DATABASE', 'HOME_FILES_KEPT']);
});

it('names of former restores in a snapshot are passed over, rights of unknown roles and odd relations are told', async () => {
  const target = await all.nowhere();
  const context = await all.sites.context();
  const [first] = all.whole.catalog.tables;
  const grants = [{ grantee: 'nobody_here', privilege: 'SELECT', grantable: false }];
  const catalog = {
    ...all.whole.catalog,
    tables: [{ ...first, grants }, ...all.whole.catalog.tables.slice(1)],
    others: ['partitioned table parts'],
  };
  const files = async function* () {
    for await (const file of all.whole.files()) {
      yield file;
      if (file.path === 'home/attachments') yield { ...file, path: 'home/attachments-before-1' };
    }
  };
  await restoreWhole({ ...all.whole, catalog, files }, target, 'told', context);
  expect(restoreNames(target)).toEqual([]);
  expect(context.warnings.map(({ code, object }) => `${code} ${object}`).sort()).toEqual([
    'CONFIG_OTHER_DATABASE confluence.cfg.xml',
    'FILES_PASSED_OVER home/attachments-before-1',
    'RELATION_NOT_REBUILT partitioned table parts',
    'ROLE_MISSING nobody_here',
  ]);
});

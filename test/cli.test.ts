import { existsSync } from 'node:fs';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateBackup, generateLiveSite } from '#flows/generate/generate-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { throwawayFolder } from '#sites/live/sandbox/throwaway-postgres.ts';
import { ZipWriter } from '#sites/xml/zip/zip-writer.ts';
import { type CliResult, cli, cliJson } from './support/cli.ts';
import { tableDigests } from './support/site-digest.ts';
import { TestSites } from './support/test-sites.ts';
import { spaceDescriptor, to, writeBackup, written } from './support/written-backup.ts';

let sites: TestSites;
let data: string;
let site: LiveSite;
let where: string[];
const files: Record<string, string> = {};

const objects = [
  written('Space', 1, { key: 'DOC', name: 'Docs', lowerKey: 'doc' }),
  written('Page', 11, { title: 'Home', lowerTitle: 'home', space: to('Space', 1) }),
];
const inFolder = (name: string) => join(sites.folder, name);

async function zip(name: string, entries: Record<string, string>): Promise<string> {
  const path = inFolder(name);
  const writer = await ZipWriter.create(path, { modified: new Date(0) });
  for (const [entry, text] of Object.entries(entries)) {
    const open = await writer.openEntry(entry);
    await open.write(Buffer.from(text));
    await open.end();
  }
  await writer.finish();
  return path;
}

beforeAll(async () => {
  sites = await TestSites.open();
  data = await throwawayFolder();
  site = await sites.create();
  await generateLiveSite({ pages: 20, attachments: 5, seed: 3 }, site, await sites.context());
  where = ['--database', site.databaseUrl, '--home', site.home];
  files.space = await writeBackup(inFolder('space'), { objects });
  const xml = await readFile(join(files.space, 'entities.xml'), 'utf8');
  const descriptor = (values: Record<string, string>) =>
    Object.entries({ ...spaceDescriptor('DOC'), ...values })
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  files.site = inFolder('site.zip');
  await generateBackup({ pages: 20, attachments: 5, seed: 4 }, files.site, 'current', await sites.context());
  files.html = inFolder('login.zip');
  await writeFile(files.html, '<!DOCTYPE html><html><body>Please log in</body></html>');
  files.cutZip = inFolder('cut.zip');
  const whole = await readFile(files.site);
  await writeFile(files.cutZip, whole.subarray(0, whole.length / 2));
  files.truncated = await zip('truncated.zip', {
    'exportDescriptor.properties': descriptor({}),
    'entities.xml': xml.slice(0, -60),
  });
  files.noDescriptor = await zip('no-descriptor.zip', { 'entities.xml': xml });
  files.noEntities = await zip('no-entities.zip', { 'exportDescriptor.properties': descriptor({}) });
  files.newer = await zip('newer.zip', {
    'exportDescriptor.properties': descriptor({ createdByBuildNumber: '9999', createdByVersionNumber: '9.9.9' }),
    'entities.xml': xml,
  });
  files.otherKind = await zip('other-kind.zip', {
    'exportDescriptor.properties': descriptor({ exportType: 'page' }),
    'entities.xml': xml,
  });
  files.lies = await zip('lies.zip', { 'exportDescriptor.properties': descriptor({ spaceKey: 'GONE' }), 'entities.xml': xml });
});
afterAll(async () => {
  await sites.close();
  await rm(data, { recursive: true, force: true });
});

/** Exit code and error code; the error is one JSON object with a message and no stack trace, and says the same to people. */
async function expectFailure(args: string[], exit: number, code: string): Promise<void> {
  const json = await cli(data, '--json', ...args);
  expect([json.code, json.stderr]).toEqual([exit, '']);
  const { error } = JSON.parse(json.stdout);
  expect(error).toMatchObject({ code, message: expect.stringMatching(/\S+ \S+/) });
  const text = await cli(data, ...args);
  expect(text.code).toBe(exit);
  expect(text.stdout).toBe('');
  expect(text.stderr.startsWith(`Error ${code}: ${error.message}\n`)).toBe(true);
  expectNoSecrets(json, text);
}

function expectNoSecrets(...results: CliResult[]): void {
  for (const { stdout, stderr } of results) {
    expect(stdout + stderr).not.toMatch(/^\s+at .*\.ts:\d+/m);
    expect(stdout + stderr).not.toContain(decodeURIComponent(new URL(site.databaseUrl).password));
  }
}

describe('a restore that cannot be done', () => {
  it.each([
    ['a file that does not exist', () => inFolder('nowhere.zip'), [], 'BACKUP_NOT_FOUND'],
    ['a log-in page saved as a zip', () => files.html, [], 'ZIP_NOT_A_ZIP'],
    ['a zip of which half is missing', () => files.cutZip, [], 'ZIP_TRUNCATED'],
    ['a truncated entities.xml', () => files.truncated, [], 'XML_TRUNCATED'],
    ['a zip without a descriptor', () => files.noDescriptor, [], 'BACKUP_NO_DESCRIPTOR'],
    ['a zip without entities.xml', () => files.noEntities, [], 'BACKUP_NO_ENTITIES'],
    ['a backup of a newer Confluence', () => files.newer, [], 'BACKUP_NEWER'],
    ['a descriptor that names neither a site nor a space', () => files.otherKind, [], 'BACKUP_KIND_UNKNOWN'],
    ['a descriptor that names a space which is not there', () => files.lies, [], 'BACKUP_SPACE_NOT_IN_IT'],
    ['a space backup as a site', () => files.space, ['--kind', 'site'], 'BACKUP_WRONG_KIND'],
    ['a site backup as a space', () => files.site, ['--kind', 'space'], 'BACKUP_WRONG_KIND'],
    ['a site backup under a new key', () => files.site, ['--as', 'NEW'], 'BACKUP_WRONG_KIND'],
    ['a space that the backup lacks', () => files.space, ['--space', 'OTHER'], 'SPACE_NOT_IN_BACKUP'],
    ['a key that none can have', () => files.space, ['--as', 'a b'], 'SPACE_KEY_INVALID'],
    ['a mapping of users that is not there', () => files.space, ['--users', '/nowhere.csv'], 'USER_MAPPING_UNREADABLE'],
  ])('says so for %s, and changes nothing', async (_, backup, options, code) => {
    const before = await tableDigests(site.databaseUrl);
    await expectFailure(['restore', backup(), ...where, ...options], 1, code);
    expect(await tableDigests(site.databaseUrl)).toEqual(before);
  });

  it('says so for a site that is unknown or cannot be reached', async () => {
    await expectFailure(['restore', files.space, '--site', 'nothing'], 1, 'SANDBOX_NOT_FOUND');
    await expectFailure(['restore', files.space], 1, 'SITE_NOT_NAMED');
    await expectFailure(['restore', files.space, '--database', site.databaseUrl], 1, 'SITE_NOT_NAMED');
    const wrong = new URL(site.databaseUrl);
    wrong.password = 'wrong-password';
    await expectFailure(['restore', files.space, '--database', wrong.toString(), '--home', site.home], 1, 'DATABASE_REFUSED');
    await expectFailure(
      ['export', '--database', 'postgres://x@127.0.0.1:1/none', '--home', site.home, '--output', inFolder('x.zip')],
      1,
      'DATABASE_UNREACHABLE',
    );
    await expectFailure(
      ['export', '--database', 'not a url', '--home', site.home, '--output', inFolder('x.zip')],
      1,
      'DATABASE_URL_INVALID',
    );
    const other = new URL(site.databaseUrl);
    other.pathname = '/postgres';
    await expectFailure(['restore', files.space, '--database', other.toString(), '--home', site.home], 1, 'SITE_NOT_CONFLUENCE');
  });
});

describe('an export that cannot be done', () => {
  it('says so, and leaves no file', async () => {
    const output = inFolder('never.zip');
    await expectFailure(['export', ...where, '--space', 'NOTHERE', '--output', output], 1, 'SPACE_NOT_FOUND');
    await expectFailure(['export', ...where, '--output', inFolder('never.tar')], 1, 'EXPORT_NAME');
    const [, url] = where;
    await expectFailure(['export', '--database', url, '--home', inFolder('no-home'), '--output', output], 1, 'HOME_NOT_FOUND');
    expect(existsSync(output) || existsSync(`${output}.partial`)).toBe(false);
  });
});

describe('wrong usage', () => {
  it.each([
    ['an unknown command', ['explode']],
    ['an unknown option', ['restore', 'x.zip', '--explode']],
    ['a missing argument', ['restore']],
    ['a missing required option', ['export', '--site', 'x']],
  ])('ends with code 2 for %s', async (_, args) => {
    const result = await cli(data, ...args);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/^error: .*/);
    expectNoSecrets(result);
  });

  it('--help ends with code 0 and names the exit codes', async () => {
    const result = await cli(data, '--help');
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('Exit codes:');
    for (const name of ['restore', 'export', 'inspect', 'sandbox', 'generate']) expect(result.stdout).toContain(`  ${name} `);
  });
});

describe('results', () => {
  it('of a restore: a report in JSON that adds up, and the same in words', async () => {
    const target = await sites.create();
    const at = ['--database', target.databaseUrl, '--home', target.home];
    const plan = await cliJson(data, 'restore', files.space, ...at, '--dry-run');
    expect(plan).toMatchObject({
      outcome: 'plan',
      scope: 'space',
      spaces: [{ key: 'DOC', action: 'restore' }],
      records: { processed: 2, persisted: 2, reused: 0, skipped: 0 },
    });
    const words = await cli(data, 'restore', files.space, ...at, '--dry-run');
    expect(words.stdout).toContain('Nothing was changed.');
    const report = await cliJson<{ tables: Record<string, object> }>(data, 'restore', files.space, ...at);
    expect(report).toMatchObject({
      outcome: 'restored',
      backup: { kind: 'space', dialect: 'legacy', source: 'server', createdByBuild: 9012 },
      classes: { Space: 1, Page: 1 },
      tables: { content: { processed: 1, persisted: 1 }, spaces: { processed: 1, persisted: 1 } },
      previous: null,
      safetyBackup: null,
    });
    await expectFailure(['restore', files.space, ...at], 1, 'SPACE_EXISTS');
    const replaced = await cliJson<{ safetyBackup: string }>(data, 'restore', files.space, ...at, '--replace');
    expect(replaced.safetyBackup.startsWith(join(target.home, 'restore', 'space', 'before-replace-DOC-'))).toBe(true);
    expect(existsSync(replaced.safetyBackup)).toBe(true);
  });

  it('a mapping of users is written by a dry run, and read back after it was edited', async () => {
    const target = await sites.create();
    await sites.query(target, `INSERT INTO user_mapping VALUES ('k1', 'local', 'local')`);
    const at = ['--database', target.databaseUrl, '--home', target.home];
    const author = to('ConfluenceUserImpl', 'far');
    const backup = await writeBackup(inFolder('users'), {
      objects: [
        written('ConfluenceUserImpl', 'far', { name: 'Far, "A"', lowerName: 'far, "a"' }),
        written('Space', 1, { key: 'DOC', name: 'Docs', lowerKey: 'doc', creator: author }),
      ],
    });
    const csv = inFolder('users.csv');
    await cliJson(data, 'restore', backup, ...at, '--dry-run', '--write-users', csv);
    expect(await readFile(csv, 'utf8')).toBe('user_key,user_name,email,matched_by,site_user\nfar,"Far, ""A""",,new,\n');
    await writeFile(csv, (await readFile(csv, 'utf8')).replace('new,\n', 'new,local\n'));
    const report = await cliJson(data, 'restore', backup, ...at, '--users', csv);
    expect(report).toMatchObject({ users: { total: 1, byMapping: 1, matches: [{ key: 'far', siteKey: 'k1', by: 'mapping' }] } });
    expect(await sites.query(target, 'SELECT creator FROM spaces')).toEqual([{ creator: 'k1' }]);
  });

  it('of an export: where the file is, how large, and what is in it', async () => {
    const output = inFolder('out.zip');
    const report = await cliJson<{ bytes: number }>(data, 'export', ...where, '--output', output);
    expect(report).toMatchObject({ scope: 'site', path: output, attachments: expect.any(Number), warnings: [] });
    expect(report.bytes).toBe((await readFile(output)).length);
    const inspected = await cliJson(data, 'inspect', output);
    expect(inspected).toMatchObject({ kind: 'site', dialect: 'current' });
  });

  it('of an export onto a file that exists: it is replaced when the new one is complete, and only then', async () => {
    const output = inFolder('kept.zip');
    await writeFile(output, 'old');
    await expectFailure(['export', ...where, '--space', 'NOTHERE', '--output', output], 1, 'SPACE_NOT_FOUND');
    expect(await readFile(output, 'utf8')).toBe('old');
    await cliJson(data, 'export', ...where, '--output', output);
    const handle = await open(output);
    expect((await handle.read(Buffer.alloc(4), 0, 4, 0)).buffer.toString('latin1')).toBe('PK\x03\x04');
    await handle.close();
  });

  it('inspect ends with code 3 for a backup that cannot be restored', async () => {
    expect((await cli(data, 'inspect', files.truncated)).code).toBe(3);
    expect((await cli(data, 'inspect', files.space)).code).toBe(0);
    expect((await cli(data, 'inspect', inFolder('nowhere.zip'))).code).toBe(1);
  });
});

import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createConfluenceSchema } from '../schema/confluence-schema.ts';
import { splitPassword, withPassword } from './external-database.ts';
import { createSandbox, describeSandbox, dropSandbox, listSandboxes, openSandbox, startSandbox, stopSandbox } from './sandbox.ts';
import { ThrowawayPostgres, throwawayFolder } from './throwaway-postgres.ts';

const now = new Date('2026-03-04T05:06:07Z');
let root: string;

beforeEach(async () => {
  root = await throwawayFolder();
});
afterEach(async () => {
  for (const name of await listSandboxes(root)) await dropSandbox(root, name, { force: true });
  await rm(root, { recursive: true, force: true });
});

async function query(url: string, text: string) {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('on the embedded PostgreSQL', () => {
  test('a sandbox is an empty Confluence with a home, and is there again after a restart', async () => {
    expect(await createSandbox(root, 'demo', { now })).toMatchObject({
      name: 'demo',
      state: 'stopped',
      port: null,
      database: 'embedded',
      adopted: false,
    });
    const site = await openSandbox(root, 'demo');
    expect(await query(site.databaseUrl, 'SELECT buildnumber FROM public.confversion')).toEqual([{ buildnumber: 9012 }]);
    await query(site.databaseUrl, "INSERT INTO content (contentid, contenttype) VALUES (1, 'PAGE')");
    expect((await readdir(site.home)).sort()).toEqual(['attachments', 'restore']);
    expect(await readdir(join(site.home, 'restore'))).toEqual(['site', 'space']);
    const running = await describeSandbox(root, 'demo');
    expect(running).toMatchObject({ state: 'running', kept: false });
    expect(running.diskBytes).toBeGreaterThan(10_000_000);
    expect(JSON.stringify(running)).not.toContain(new URL(site.databaseUrl).password);
    await site.close();
    expect((await describeSandbox(root, 'demo')).state).toBe('stopped');
    const again = await openSandbox(root, 'demo');
    expect(await query(again.databaseUrl, 'SELECT contentid FROM content')).toEqual([{ contentid: '1' }]);
    await again.close();
    expect(await listSandboxes(root)).toEqual(['demo']);
    expect(await dropSandbox(root, 'demo')).toEqual({ databaseKept: null, homeKept: null });
    expect(await listSandboxes(root)).toEqual([]);
  });

  test('a started sandbox runs until it is stopped', async () => {
    await createSandbox(root, 'demo', { now });
    const started = await startSandbox(root, 'demo');
    expect(started).toMatchObject({ state: 'running', kept: true });
    const site = await openSandbox(root, 'demo');
    expect(Number(new URL(site.databaseUrl).port)).toBe(started.port);
    await site.close();
    expect((await describeSandbox(root, 'demo')).state).toBe('running');
    await stopSandbox(root, 'demo');
    expect((await describeSandbox(root, 'demo')).state).toBe('stopped');
  });

  test('a sandbox that is in use is neither stopped nor dropped, unless forced', async () => {
    await createSandbox(root, 'demo', { now });
    const site = await openSandbox(root, 'demo');
    await expect(stopSandbox(root, 'demo')).rejects.toMatchObject({ code: 'SANDBOX_BUSY' });
    await expect(dropSandbox(root, 'demo')).rejects.toMatchObject({ code: 'SANDBOX_BUSY' });
    await stopSandbox(root, 'demo', { force: true });
    expect((await describeSandbox(root, 'demo')).state).toBe('stopped');
    await site.close();
  });

  test('of two that create the same sandbox at once one succeeds and the other is told that it exists', async () => {
    const results = await Promise.allSettled([createSandbox(root, 'demo', { now }), createSandbox(root, 'demo', { now })]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({ code: 'SANDBOX_EXISTS' });
    expect((await describeSandbox(root, 'demo')).state).toBe('stopped');
  });

  test('what a killed create left is removed by the next command, and the name is free', async () => {
    const module = new URL('sandbox.ts', import.meta.url).href;
    const program = `const { createSandbox } = await import(${JSON.stringify(module)});
      await createSandbox(${JSON.stringify(root)}, 'demo', { now: new Date() });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
    const exit = new Promise((resolve) => child.once('exit', resolve));
    const data = join(root, 'sandboxes', `.demo.partial-${child.pid}`, 'postgres', 'data');
    while (!(await readdir(data).catch(() => null))) await sleep(10);
    child.kill('SIGKILL');
    await exit;
    expect((await readdir(join(root, 'sandboxes'))).filter((name) => name.includes('partial'))).toHaveLength(1);
    expect(await listSandboxes(root)).toEqual([]);
    expect((await readdir(join(root, 'sandboxes'))).filter((name) => name.includes('partial'))).toEqual([]);
    expect(await createSandbox(root, 'demo', { now })).toMatchObject({ name: 'demo', state: 'stopped' });
  });

  test('a create that fails leaves nothing', async () => {
    await expect(createSandbox(root, 'demo', { now, version: 'x'.repeat(300) })).rejects.toThrow(/too long/);
    expect((await readdir(join(root, 'sandboxes'))).filter((name) => !name.endsWith('.lock'))).toEqual([]);
  });

  test('names that are unknown, taken or impossible are refused with what to do', async () => {
    await createSandbox(root, 'demo', { now });
    await expect(createSandbox(root, 'demo', { now })).rejects.toMatchObject({ code: 'SANDBOX_EXISTS' });
    await expect(openSandbox(root, 'other')).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND', hint: 'There are: demo.' });
    for (const name of ['', '..', '.hidden', 'a/b', 'a b', 'x'.repeat(64)]) {
      await expect(createSandbox(root, name, { now })).rejects.toMatchObject({ code: 'SANDBOX_NAME_INVALID' });
    }
    await expect(createSandbox(root, 'home', { now, home: join(root, 'missing', 'home') })).rejects.toMatchObject({
      code: 'SANDBOX_HOME_MISSING',
    });
  });
});

describe("on a PostgreSQL of the operator's own", () => {
  let postgres: ThrowawayPostgres;
  beforeAll(async () => {
    postgres = await ThrowawayPostgres.open();
  });
  afterAll(async () => {
    await postgres?.close();
  });

  /** URL without password, and the settings that hold it. */
  async function emptyDatabase() {
    const full = await postgres.databaseUrl();
    const { url, password } = splitPassword(full);
    return { full, url, password: password!, env: { PGPASSWORD: password! } };
  }

  test('an empty database gets the schema; the password is not written anywhere; dropping leaves the data', async () => {
    const { full, url, password, env } = await emptyDatabase();
    expect(await createSandbox(root, 'own', { now, databaseUrl: full, env })).toMatchObject({
      database: 'external',
      adopted: false,
      state: 'running',
      databaseUrl: url,
    });
    expect(await readFile(join(root, 'sandboxes', 'own', 'sandbox.json'), 'utf8')).not.toContain(password);
    expect(await readdir(join(root, 'sandboxes', 'own'))).toEqual(['home', 'sandbox.json']);
    const site = await openSandbox(root, 'own', { env });
    expect(await query(site.databaseUrl, 'SELECT buildnumber FROM confversion')).toEqual([{ buildnumber: 9012 }]);
    await site.close();
    expect(await dropSandbox(root, 'own')).toEqual({ databaseKept: url, homeKept: null });
    expect(await query(full, 'SELECT buildnumber FROM confversion')).toEqual([{ buildnumber: 9012 }]);
  });

  test("a Confluence's database is adopted as it is, with its home", async () => {
    const { full, env, url } = await emptyDatabase();
    const client = await postgres.connectTo(full);
    await createConfluenceSchema(client, { version: '7.19.0', buildNumber: 8804, now });
    const home = join(root, 'confluence-home');
    await mkdir(home);
    expect(await createSandbox(root, 'real', { now, databaseUrl: url, home, env })).toMatchObject({ adopted: true, home });
    const site = await openSandbox(root, 'real', { env });
    expect(site.home).toBe(home);
    expect(await query(site.databaseUrl, 'SELECT buildnumber FROM confversion')).toEqual([{ buildnumber: 8804 }]);
    expect(await dropSandbox(root, 'real')).toEqual({ databaseKept: url, homeKept: home });
    expect(await readdir(home)).toEqual([]);
  });

  test('a database with anything else is refused and left as it was', async () => {
    const { full } = await emptyDatabase();
    await query(full, 'CREATE TABLE accounts (id int)');
    await expect(createSandbox(root, 'no', { now, databaseUrl: full })).rejects.toMatchObject({
      code: 'SANDBOX_DATABASE_NOT_EMPTY',
    });
    expect(await query(full, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toEqual([
      { relname: 'accounts' },
    ]);
    expect(await listSandboxes(root)).toEqual([]);
  });

  test('a database that refuses is named, without the password', async () => {
    const { full, url, env } = await emptyDatabase();
    await createSandbox(root, 'own', { now, databaseUrl: full });
    const refused = await openSandbox(root, 'own', { env: { OXBOW_DATABASE_PASSWORD: 'sesame-wrong' } }).catch((error) => error);
    expect(refused).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining(new URL(url).pathname.slice(1)),
    });
    expect(refused.message + refused.hint).not.toContain('sesame-wrong');
    expect(await describeSandbox(root, 'own', { PGPASSWORD: 'wrong' })).toMatchObject({ state: 'unreachable' });
    await (await openSandbox(root, 'own', { env })).close();
  });
});

test('a password is taken out of a URL wherever it stands, and put back as it was', () => {
  const odd = 'p@ss:/?#[]%ü w';
  const full = `postgresql://me:${encodeURIComponent(odd)}@host:5433/db?sslmode=require`;
  expect(splitPassword(full)).toEqual({ url: 'postgresql://me@host:5433/db?sslmode=require', password: odd });
  expect(splitPassword('postgres://me@host/db?password=secret').password).toBe('secret');
  expect(splitPassword('postgres://me@host/db?password=secret').url).toBe('postgres://me@host/db');
  const back = withPassword(splitPassword(full).url, { OXBOW_DATABASE_PASSWORD: odd, PGPASSWORD: 'other' });
  expect(splitPassword(back).password).toBe(odd);
  expect(() => splitPassword('mysql://me:secret@host/db')).toThrow(/not one of PostgreSQL/);
});

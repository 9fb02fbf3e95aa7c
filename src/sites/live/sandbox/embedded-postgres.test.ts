import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmbeddedPostgres, findServer, stopServer } from './embedded-postgres.ts';
import { withFileLock } from './file-lock.ts';
import { findNativePackage, runnableBinaries } from './native-binaries.ts';
import { findPostmaster } from './postmaster.ts';
import { serviceAccount } from './service-account.ts';
import { throwawayFolder } from './throwaway-postgres.ts';

let root: string;
let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  root = await throwawayFolder();
  folder = join(root, 'postgres');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await stopServer(folder);
  await rm(root, { recursive: true, force: true });
});

const options = (keep = false) => ({ runtimeFolder: join(root, 'runtime'), passwordFile: join(root, 'password'), keep });
const openServer = (keep = false) => EmbeddedPostgres.open(folder, options(keep));

async function query(server: EmbeddedPostgres, text: string) {
  const client = new Client(server.url('postgres'));
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Another Node process that opens the server and holds it until it is killed. */
async function otherProcess(keep = false): Promise<ChildProcess> {
  const module = new URL('embedded-postgres.ts', import.meta.url).href;
  const program = `const { EmbeddedPostgres } = await import(${JSON.stringify(module)});
    await EmbeddedPostgres.open(${JSON.stringify(folder)}, ${JSON.stringify(options(keep))});
    console.log('open');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the other process ended with ${code}`)));
  });
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

/** Waits for the server to be gone; the test fails by its time limit when it stays. */
async function gone(): Promise<void> {
  while (await findServer(folder)) await sleep(20);
}

test('a server is created, answers, keeps its data over a restart, and ends with its last holder', async () => {
  const server = await openServer();
  await query(server, 'CREATE TABLE kept AS SELECT 1 AS one');
  await server.close();
  expect(await findServer(folder)).toBeNull();
  const again = await openServer();
  expect(await query(again, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  await again.stop();
  await again.start();
  expect(await query(again, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  await again.close();
});

test('the server sorts and folds case by Unicode, asks for the password, and listens on loopback only', async () => {
  const server = await openServer();
  expect(await query(server, "SELECT lower('ÄÉ') AS folded, current_setting('server_encoding') AS encoding")).toEqual([
    { folded: 'äé', encoding: 'UTF8' },
  ]);
  expect(
    await query(
      server,
      "SELECT current_setting('listen_addresses') AS listen, current_setting('unix_socket_directories') AS sockets",
    ),
  ).toEqual([{ listen: '127.0.0.1', sockets: '' }]);
  const wrong = new Client({ host: '127.0.0.1', port: server.port, user: 'oxbow', password: 'wrong', database: 'postgres' });
  await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' });
  expect((await stat(join(root, 'password'))).mode & 0o777).toBe(0o600);
  await server.close();
});

test('a second holder joins the running server, which ends only when both have let go', async () => {
  const first = await openServer();
  const second = await openServer();
  expect(second.port).toBe(first.port);
  await first.close();
  expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await findServer(folder)).toMatchObject({ inUse: true, kept: false });
  await second.close();
  expect(await findServer(folder)).toBeNull();
});

test('a process that is killed takes its server with it, cleanly, and the next open works', async () => {
  const child = await otherProcess();
  expect(await findServer(folder)).toMatchObject({ inUse: true });
  await killed(child);
  await gone();
  // PostgreSQL says so after it has removed its lock file, which is how we know that it is gone.
  await expect.poll(() => readFile(join(folder, 'log'), 'utf8'), { timeout: 10_000 }).toContain('database system is shut down');
  const server = await openServer();
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.close();
});

test('an open right after the kill of the holder gets a server that stays', async () => {
  await killed(await otherProcess());
  const server = await openServer();
  await sleep(300);
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.close();
});

test('a holder keeps the server alive when the process that started it is killed', async () => {
  const child = await otherProcess();
  const server = await openServer();
  await killed(child);
  await sleep(500);
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.close();
  expect(await findServer(folder)).toBeNull();
});

test('a kept server outlives its process, is adopted, and ends with stop', async () => {
  await killed(await otherProcess(true));
  await sleep(300);
  expect(await findServer(folder)).toMatchObject({ inUse: false, kept: true, status: 'ready' });
  const server = await openServer();
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.close();
  expect(await findServer(folder)).toMatchObject({ kept: true });
  await stopServer(folder);
  expect(await findServer(folder)).toBeNull();
});

test('a running server can be asked to stay', async () => {
  const first = await openServer();
  const second = await openServer(true);
  await second.close();
  await first.close();
  expect(await findServer(folder)).toMatchObject({ kept: true });
});

test('two processes that open a new server at once share one', async () => {
  const [, server] = await Promise.all([otherProcess(), openServer()]);
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.close();
  expect(await findServer(folder)).toMatchObject({ inUse: true });
});

test('a server that was killed itself recovers, with what was committed', async () => {
  const server = await openServer();
  await query(server, 'CREATE TABLE kept AS SELECT 1 AS one');
  process.kill((await findServer(folder))!.pid, 'SIGKILL');
  await gone();
  await server.start();
  expect(await query(server, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  await server.close();
});

test('a lock file whose number now belongs to another process does not stop a start', async () => {
  const server = await openServer();
  const path = join(folder, 'data', 'postmaster.pid');
  const lines = (await readFile(path, 'utf8')).split('\n');
  await server.close();
  const sleeper = spawn('sleep', ['60'], { ...(await serviceAccount(join(folder, 'data'))), cwd: '/' });
  children.push(sleeper);
  await writeFile(path, [sleeper.pid, ...lines.slice(1)].join('\n'));
  expect(await findPostmaster(join(folder, 'data'))).toBeNull();
  await server.start();
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.close();
});

test.runIf(process.platform === 'linux')('a server whose supervisor was killed is put under a new one', async () => {
  const server = await openServer();
  const { pid } = (await findServer(folder))!;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  process.kill(Number(/^PPid:\s+(\d+)/m.exec(status)![1]), 'SIGKILL');
  const holders = async () => (await findServer(folder))?.pid;
  expect(await holders()).toBe(pid);
  const next = await openServer();
  expect(await query(next, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await next.stop();
  await server.close();
});

test('what keeps PostgreSQL from starting is said in its own words', async () => {
  const server = await openServer();
  await server.close();
  await writeFile(join(folder, 'data', 'postgresql.auto.conf'), 'no_such_setting = 1\n');
  await expect(openServer()).rejects.toMatchObject({
    code: 'SANDBOX_START_FAILED',
    message: expect.stringContaining('no_such_setting'),
  });
});

test('a platform without binaries is named', async () => {
  await expect(findNativePackage('plan9', 'vax')).rejects.toMatchObject({
    code: 'SANDBOX_PLATFORM_UNSUPPORTED',
    message: expect.stringContaining('plan9'),
    hint: expect.stringContaining('URL'),
  });
});

test('missing symbolic links are made in the package', async () => {
  const found = await findNativePackage();
  const copy = join(root, 'package', 'native');
  await cp(found.folder, copy, { recursive: true, verbatimSymlinks: true });
  const listed = JSON.parse(await readFile(join(copy, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const { target } of listed) await rm(join(root, 'package', target), { force: true });
  const account = await serviceAccount(join(root, 'none'));
  await chmod(join(root, 'package'), 0o755);
  expect(await runnableBinaries({ folder: copy, version: '1' }, join(root, 'runtime'), account)).toBe(copy);
});

test.runIf(process.getuid?.() === 0)(
  'programs in a private folder are copied once to where PostgreSQL can reach them',
  async () => {
    const found = await findNativePackage();
    const closed = join(root, 'private', 'native');
    await mkdir(join(root, 'private'), { mode: 0o700 });
    await cp(found.folder, closed, { recursive: true, verbatimSymlinks: true });
    const account = await serviceAccount(join(root, 'none'));
    const usable = await runnableBinaries({ folder: closed, version: '1' }, join(root, 'runtime'), account);
    expect(usable).toBe(join(root, 'runtime', 'postgres-1'));
    const { mtimeMs } = await stat(usable);
    expect(await runnableBinaries({ folder: closed, version: '1' }, join(root, 'runtime'), account)).toBe(usable);
    expect((await stat(usable)).mtimeMs).toBe(mtimeMs);
  },
);

test.runIf(process.getuid?.() === 0)('a folder that PostgreSQL cannot enter is named', async () => {
  await chmod(root, 0o700);
  await expect(openServer()).rejects.toMatchObject({
    code: 'SANDBOX_FOLDER_UNREACHABLE',
    message: expect.stringContaining(root),
  });
});

test('a file lock is held by one at a time, and the one who waits too long is told', async () => {
  const path = join(root, 'lock');
  await withFileLock(path, 'The thing', 0, async () => {
    await expect(withFileLock(path, 'The thing', 60, async () => {})).rejects.toMatchObject({ code: 'SANDBOX_BUSY' });
  });
  expect(await withFileLock(path, 'The thing', 0, async () => 'free')).toBe('free');
});

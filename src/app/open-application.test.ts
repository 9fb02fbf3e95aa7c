import { type ChildProcess, spawn } from 'node:child_process';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '#base/log.ts';
import { readFact, writeFact } from '#control/sites/registrations.ts';
import { findServer } from '#sites/live/sandbox/embedded-postgres.ts';
import { throwawayFolder } from '#sites/live/sandbox/throwaway-postgres.ts';
import { openApplication } from './open-application.ts';
import { addSite, listSites } from './sites/registered-sites.ts';

let folder: string;
let data: string;
const now = () => new Date();
const open = (env: Record<string, string> = {}) => openApplication({ data, env, now, log: silentLog });
const isRunning = async () => (await findServer(join(data, 'control', 'postgres'))) !== null;
/** The embedded server ends with the last process that has it open, a moment later. */
const untilStopped = async () => {
  while (await isRunning()) await new Promise((resolve) => setTimeout(resolve, 50));
};

beforeAll(async () => {
  folder = await throwawayFolder();
  data = join(folder, 'data');
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Opens the application in a process of its own, writes a fact, says so, and stays until its input ends. */
function otherProcess(name: string): { child: ChildProcess; ready: Promise<void> } {
  const module = (path: string) => JSON.stringify(join(import.meta.dirname, path));
  const script = `
    const { openApplication } = await import(${module('open-application.ts')});
    const { writeFact } = await import(${module('../control/sites/registrations.ts')});
    const log = { info() {}, warn() {}, error() {} };
    const app = await openApplication({ data: ${JSON.stringify(data)}, env: {}, now: () => new Date(), log });
    await writeFact(app.control, ${JSON.stringify(name)}, 'was here');
    process.stdout.write('ready');
    process.stdin.on('end', async () => { await app.close(); process.exit(0); }).resume();`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
  return { child, ready };
}
const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));

describe('an application without a control database of its own', () => {
  it('is opened by several processes at once, the first of which make the embedded one', async () => {
    const others = ['a', 'b', 'c'].map(otherProcess);
    const app = await open();
    await Promise.all(others.map(({ ready }) => ready));
    for (const name of ['a', 'b', 'c']) expect(await readFact(app.control, name)).toBe('was here');
    // Whoever made it may go first.
    await app.close();
    expect(await isRunning()).toBe(true);
    const again = await open();
    const [killed, ...rest] = others;
    const isOver = ended(killed.child);
    killed.child.kill('SIGKILL');
    await isOver;
    for (const { child } of rest) {
      const end = ended(child);
      child.stdin!.end();
      await end;
    }
    expect(await readFact(again.control, 'a')).toBe('was here');
    await again.close();
    await untilStopped();
  }, 120_000);

  it('lets its key and its database be read by nobody else', async () => {
    expect((await stat(join(data, 'server.key'))).mode & 0o077).toBe(0);
    expect((await stat(join(data, 'control', 'password'))).mode & 0o077).toBe(0);
    expect((await stat(join(data, 'control', 'postgres'))).mode & 0o066).toBe(0);
  });

  it('does not open with another key, before anything is done, and says what to do', async () => {
    const app = await open();
    await addSite(app, { name: 'wiki', databaseUrl: 'postgres://u:p@h/d', home: '/x' });
    await app.close();
    await expect(open({ OXBOW_SERVER_KEY: 'ab'.repeat(32) })).rejects.toMatchObject({
      code: 'SERVER_KEY_WRONG',
      hint: expect.stringContaining('OXBOW_SERVER_KEY_LOST'),
    });
    await untilStopped();
    const lost = await open({ OXBOW_SERVER_KEY: 'ab'.repeat(32), OXBOW_SERVER_KEY_LOST: 'true' });
    expect((await listSites(lost)).map(({ name }) => name)).toEqual(['wiki']);
    await lost.close();
    const next = await open({ OXBOW_SERVER_KEY: 'ab'.repeat(32) });
    await next.close();
  }, 60_000);

  it('is left closed when the configuration is wrong', async () => {
    await untilStopped();
    const configFile = join(folder, 'oxbow.yaml');
    await writeFile(configFile, 'listen: 1.2.3.4:1');
    await expect(openApplication({ data, configFile, env: {}, now, log: silentLog })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await expect(open({ OXBOW_CONTROL_DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x' })).rejects.toMatchObject({
      ...{ code: 'CONTROL_DATABASE_UNREACHABLE', message: expect.not.stringContaining('secret') },
    });
    expect(await isRunning()).toBe(false);
  });

  it('is not opened when a newer Oxbow wrote the control database, and nothing stays running', async () => {
    const app = await open({ OXBOW_SERVER_KEY: 'ab'.repeat(32) });
    await writeFact(app.control, 'x', 1);
    await app.control.query(`INSERT INTO migrations (name) VALUES ('9999-later.sql')`);
    await app.close();
    await expect(open({ OXBOW_SERVER_KEY: 'ab'.repeat(32) })).rejects.toMatchObject({ code: 'CONTROL_DATABASE_NEWER' });
    await untilStopped();
  }, 60_000);
});

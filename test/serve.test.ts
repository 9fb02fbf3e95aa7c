import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findServer } from '#sites/live/sandbox/embedded-postgres.ts';
import { throwawayFolder } from '#sites/live/sandbox/throwaway-postgres.ts';
import { type CliResult, cli, startCliWith } from './support/cli.ts';
import { serve } from './support/served.ts';

let folder: string;
let data: string;
/** Of the first start. */
let told: { password: string; passphrase: string; vault: string };

beforeAll(async () => {
  folder = await throwawayFolder();
  data = join(folder, 'data');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const found = (text: string, pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
const signIn = (base: string, password: string) =>
  fetch(`${base}/rest/api/backup-restore/jobs`, { headers: { authorization: `Basic ${btoa(`admin:${password}`)}` } });
const run = (environment: Record<string, string>, of: string, ...args: string[]): Promise<CliResult> =>
  startCliWith(environment, of, ...args).ended;

describe('oxbow serve', () => {
  it('tells password and passphrase though it cannot listen, and does not make them anew the next time', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const first = await cli(data, 'serve', '--listen', `127.0.0.1:${port}`);
    taken.close();
    expect(first.code).toBe(1);
    expect(first.stderr).toContain('Error LISTEN_FAILED');
    told = {
      password: found(first.stdout, /with the password (\S+)/),
      passphrase: found(first.stdout, /shown this once\): (\S+)/),
      vault: found(first.stdout, /its vault lies in (\S+)\.\n/),
    };
    expect(Object.values(told)).not.toContain('');
    expect(first.stderr).not.toContain(told.password);
    const second = startCliWith({}, data, 'serve', '--listen', '127.0.0.1:0');
    let said = '';
    await new Promise<void>((resolve) =>
      second.child.stdout!.on('data', (text: string) => {
        said += text;
        if (/ready at \S+\n/.test(said)) resolve();
      }),
    );
    expect(said).not.toMatch(/password|assphrase/);
    const base = found(said, /ready at (\S+)/);
    expect((await signIn(base, told.password)).status).toBe(200);
    expect((await signIn(base, 'another')).status).toBe(401);
    // Commands work beside the server.
    const listed = await cli(data, '--json', 'site', 'list');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'demo', sandbox: 'demo', isDefault: true }]);
    const reset = JSON.parse((await cli(data, '--json', 'user', 'reset-password')).stdout);
    expect((await signIn(base, told.password)).status).toBe(401);
    expect((await signIn(base, reset.password)).status).toBe(200);
    second.child.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
    expect(await findServer(join(data, 'control', 'postgres'))).toBeNull();
  }, 180_000);

  it('has kept its configuration in the vault, from which another machine is built', async () => {
    const env = { OXBOW_PASSPHRASE: told.passphrase };
    expect((await run(env, data, 'backup', '--site', 'demo', '--vault', told.vault)).code).toBe(0);
    const machine = join(folder, 'machine');
    const rebuilt = await run(env, machine, 'rebuild', '--vault', told.vault, '--json');
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({
      ...{ vault: 'main', snapshots: 1, sites: [], schedules: [] },
      // The sandbox lay on the machine that is lost.
      problems: [expect.stringMatching(/^demo: .*sandbox/), expect.stringMatching(/^Every night: /)],
    });
    expect(rebuilt.code).toBe(4);
    expect((await cli(machine, 'sandbox', 'create', 'demo')).code).toBe(0);
    const again = await run(env, machine, 'rebuild', '--vault', told.vault);
    expect(again.stdout).toContain('schedules: Every night (switched off)');
    expect(again.code).toBe(0);
    const served = await serve(machine);
    // Nothing is made up for a server that was built again.
    expect((await signIn(served.base, served.password)).status).toBe(200);
    await served.stop();
  }, 180_000);

  it('does not start with a configuration that is wrong, and says where', async () => {
    const config = join(folder, 'wrong.yaml');
    await writeFile(config, 'listen: 127.0.0.1:0\nsits: []\n');
    const { code, stderr } = await cli(join(folder, 'none'), 'serve', '--config', config);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('line 2, column 1: there is no setting "sits"; did you mean "sites"?'),
    ]);
  });

  it('makes no sample where a configuration is', async () => {
    const config = join(folder, 'right.yaml');
    await writeFile(config, 'listen: 127.0.0.1:0\n');
    const machine = join(folder, 'configured');
    const served = startCliWith({}, machine, 'serve', '--config', config);
    await new Promise<void>((resolve) =>
      served.child.stdout!.on('data', (text: string) => {
        if (text.includes('ready at')) resolve();
      }),
    );
    expect(JSON.parse((await cli(machine, '--json', 'site', 'list')).stdout)).toEqual([]);
    served.child.kill('SIGTERM');
    expect((await served.ended).code).toBe(0);
  }, 60_000);
});

describe('oxbow site', () => {
  it('adds, tests, holds and removes a site, with its password from the environment', async () => {
    const machine = join(folder, 'sites');
    const home = join(folder, 'home');
    const env = { OXBOW_DATABASE_PASSWORD: 'dont show' };
    const added = await run(
      env,
      machine,
      'site',
      'add',
      'wiki',
      '--database',
      'postgres://u@127.0.0.1:1/d',
      '--home',
      home,
      '--json',
    );
    expect(JSON.parse(added.stdout)).toMatchObject({
      name: 'wiki',
      databaseUrl: 'postgres://u@127.0.0.1:1/d',
      home,
      isDefault: true,
    });
    const tested = await cli(machine, 'site', 'test', 'wiki');
    expect([tested.code, tested.stdout]).toEqual([4, expect.stringMatching(/^FAILED {3}Database: [^\n]*127\.0\.0\.1/)]);
    expect(added.stdout + tested.stdout).not.toContain('dont show');
    expect((await cli(machine, 'site', 'upgrade', 'wiki')).code).toBe(0);
    expect((await cli(machine, 'site', 'list')).stdout).toContain('UPGRADING');
    expect((await cli(machine, 'site', 'upgrade', 'wiki', '--end')).code).toBe(0);
    const config = join(folder, 'confluence.cfg.xml');
    await writeFile(
      config,
      '<c><buildNumber>9012</buildNumber><properties><property name="hibernate.connection.url">jdbc:postgresql://h/d</property></properties></c>',
    );
    const second = await cli(machine, 'site', 'add', 'second', '--from-config', config, '--default', '--json');
    expect(JSON.parse(second.stdout)).toMatchObject({ databaseUrl: 'postgresql://h/d', home: folder, isDefault: true });
    expect((await cli(machine, 'site', 'remove', 'wiki')).code).toBe(0);
    expect(JSON.parse((await cli(machine, '--json', 'site', 'list')).stdout)).toHaveLength(1);
  }, 120_000);
});

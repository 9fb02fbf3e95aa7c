import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '#base/log.ts';
import { listKnownSnapshots } from '#control/sites/known-snapshots.ts';
import { readFact } from '#control/sites/registrations.ts';
import { backupSite } from '#flows/backup/backup-site.ts';
import { readConfigurations } from '#vault/configuration.ts';
import { TestServer } from '../../../test/support/test-server.ts';
import { allChannels, createChannel } from '../notifications/channel-service.ts';
import { channelSecret } from '../notifications/send.ts';
import { type OpenApplication, openApplication } from '../open-application.ts';
import { createSchedule, listSchedules } from '../schedules/schedule-service.ts';
import { openRegisteredSite } from '../sites/open-registered-site.ts';
import { addSite, listSites, removeSite } from '../sites/registered-sites.ts';
import { addVault, listVaults, withRegisteredVault } from '../vaults/registered-vaults.ts';
import { saveConfiguration } from './keep-configuration.ts';
import { rebuild } from './rebuild.ts';

let server: TestServer;
let app: OpenApplication;
let location: string;
const passphrase = 'of a test';
const others: OpenApplication[] = [];

/** Another machine: an empty data folder, an empty control database, a key of its own. */
async function bareMachine(name: string, more: Record<string, string> = {}, configFile?: string): Promise<OpenApplication> {
  const opened = await openApplication({
    data: join(server.folder, name),
    configFile,
    env: { ...process.env, OXBOW_CONTROL_DATABASE_URL: await server.sites.emptyDatabase(), ...more },
    now: () => new Date(),
    log: silentLog,
  });
  others.push(opened);
  return opened;
}

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application();
  const site = await server.site(app, 'wiki');
  await addSite(app, { name: 'second', databaseUrl: 'postgres://u:secret@127.0.0.1:1/none', home: '/nowhere', isDefault: true });
  location = await server.vault(app, 'main');
  await server.vault(app, 'other');
  await createSchedule(app, {
    ...{ name: 'Every night', site: 'wiki', kind: 'backup', enabled: true, cron: '0 2 * * *', timeZone: 'Europe/Berlin' },
    ...{ vault: 'main', snapshot: true, tags: ['nightly'] },
  });
  await createSchedule(app, {
    ...{ name: 'To the other', kind: 'copy', enabled: true, cron: '0 5 * * *', timeZone: 'UTC' },
    ...{ vault: 'main', otherVault: 'other' },
  });
  const events: ['failure', 'overdue'] = ['failure', 'overdue'];
  await createChannel(app, { name: 'mail', kind: 'email', enabled: true, events, to: 'ops@example.com' });
  await createChannel(app, { name: 'hook', kind: 'webhook', enabled: true, events, url: 'https://h.example/x', signingKey: 'k' });
  await withRegisteredVault(app, 'main', async (vault) => {
    await backupSite(
      { ...site, name: 'wiki' },
      vault,
      { tags: [], full: false, fullReadDays: 7, installFiles: 'changed', readers: 1 },
      await server.sites.context(),
    );
  });
}, 120_000);
afterAll(async () => {
  for (const one of others) await one.close();
  await server.close();
});

const kept = (one: OpenApplication) => withRegisteredVault(one, 'main', readConfigurations);

describe('the configuration in the vaults', () => {
  it('is written to every vault, and again only when something changed or a day is over', async () => {
    expect(await saveConfiguration(app)).toEqual({ written: ['main', 'other'], failed: [] });
    expect(await saveConfiguration(app)).toEqual({ written: [], failed: [] });
    await addSite(app, { name: 'third', databaseUrl: 'postgres://u@127.0.0.1:1/none', home: '/nowhere' });
    expect((await saveConfiguration(app)).written).toEqual(['main', 'other']);
    await removeSite(app, 'third');
    expect((await saveConfiguration(app)).written).toEqual(['main', 'other']);
    const tomorrow = { ...app, now: () => new Date(Date.now() + 25 * 3_600_000) };
    expect((await saveConfiguration(tomorrow)).written).toEqual(['main', 'other']);
  });

  it('leaves out passphrases always, and other secrets where the configuration says so', async () => {
    const [one] = await kept(app);
    expect(JSON.stringify(one)).not.toContain(passphrase);
    expect(JSON.stringify(one)).toContain('secret');
    const modest = await server.application();
    modest.config.keepInVaults = 'without-secrets';
    expect((await saveConfiguration(modest)).written).toEqual(['main', 'other']);
    const [without] = await kept(app);
    expect(JSON.stringify(without)).not.toMatch(/secret|h\.example\/x/);
    modest.config.keepInVaults = 'nothing';
    expect(await saveConfiguration(modest)).toEqual({ written: [], failed: [] });
    expect((await saveConfiguration(app)).written).toEqual(['main', 'other']);
  });

  it('waits for a vault that cannot be reached, and the others have it meanwhile', async () => {
    await addSite(app, { name: 'fourth', databaseUrl: 'postgres://u@127.0.0.1:1/none', home: '/nowhere' });
    await rename(location, `${location}-away`);
    expect(await saveConfiguration(app)).toEqual({ written: ['other'], failed: ['main'] });
    await rename(`${location}-away`, location);
    expect(await saveConfiguration(app, new Set(['main']))).toEqual({ written: [], failed: [] });
    expect((await saveConfiguration(app)).written).toEqual(['main']);
    await removeSite(app, 'fourth');
    await saveConfiguration(app);
  });

  it('tells the control database nothing that a secret could be guessed with', async () => {
    const fact = await readFact<{ digest: string }>(app.control, 'configuration in main');
    const bare = await bareMachine('digest');
    expect(fact?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(bare.secrets.digest('x')).not.toBe(app.secrets.digest('x'));
    expect((await server.application()).secrets.digest('x')).toBe(app.secrets.digest('x'));
  });
});

describe('a rebuild', () => {
  it('needs the vault and its passphrase alone: snapshots, sites with passwords, schedules that are off, channels', async () => {
    const bare = await bareMachine('bare');
    const report = await rebuild(bare, { location, passphrase }, { enable: false });
    expect(report).toMatchObject({
      ...{
        vault: 'main',
        snapshots: 1,
        others: [],
        sites: ['second', 'wiki'],
        schedules: ['Every night'],
        channels: ['hook', 'mail'],
      },
      ...{ problems: [expect.stringMatching(/^To the other: .*"other"/)], otherVaults: ['other'], configFile: null },
    });
    expect(await listKnownSnapshots(bare.control)).toMatchObject([{ vault: 'main', site: 'wiki' }]);
    const plain = async (one: OpenApplication) =>
      (await listSites(one)).map(({ name, isDefault, home }) => ({ name, isDefault, home }));
    expect(await plain(bare)).toEqual(await plain(app));
    const opened = await openRegisteredSite(bare, 'second');
    expect(new URL(opened.site.databaseUrl).password).toBe('secret');
    await opened.close();
    expect(await listSchedules(bare)).toMatchObject([
      {
        name: 'Every night',
        enabled: false,
        nextRun: null,
        cron: '0 2 * * *',
        timeZone: 'Europe/Berlin',
        settings: { tags: ['nightly'] },
      },
    ]);
    const [hook] = await allChannels(bare);
    expect(bare.secrets.open(hook.secret!, channelSecret('hook'))).toBe('https://h.example/x k');
    await withRegisteredVault(bare, 'main', async () => {});
  });

  it('is run again when what stood in the way is mended, and brings back only what is not there', async () => {
    const bare = others.at(-1)!;
    await removeSite(bare, 'second');
    await addVault(bare, { name: 'other', location: join(server.folder, 'vault-other'), passphrase });
    const report = await rebuild(bare, { location, passphrase }, { enable: true });
    expect(report).toMatchObject({ sites: ['second'], schedules: ['To the other'], channels: [], problems: [], otherVaults: [] });
    const enabled = (await listSchedules(bare)).map((one) => [one.name, one.enabled, one.nextRun !== null]);
    expect(enabled).toEqual([
      ['Every night', false, false],
      ['To the other', true, true],
    ]);
  });

  it('leaves what the old server keeps beside what the new one writes, and takes the one that is asked for', async () => {
    const bare = others.at(-1)!;
    bare.config.baseUrl = 'https://new.example';
    expect((await saveConfiguration(bare)).written).toEqual(['main', 'other']);
    expect((await kept(app)).length).toBe(2);
    const third = await bareMachine('third');
    await expect(rebuild(third, { location, passphrase }, { enable: false, server: 'https://no.example' })).rejects.toMatchObject(
      {
        code: 'SERVER_NOT_IN_VAULT',
        hint: expect.stringContaining('https://new.example'),
      },
    );
    const report = await rebuild(third, { location, passphrase }, { enable: false, server: app.config.baseUrl, name: 'again' });
    expect(report).toMatchObject({
      vault: 'again',
      from: { baseUrl: app.config.baseUrl },
      others: [{ baseUrl: 'https://new.example' }],
    });
    const fourth = await bareMachine('fourth');
    expect(await rebuild(fourth, { location, passphrase }, { enable: false })).toMatchObject({
      from: { baseUrl: 'https://new.example' },
    });
  });

  it('gives the configuration file back, readable by us alone, and then finds the sites that stand in it', async () => {
    const file = join(server.folder, 'oxbow.yaml');
    await writeFile(file, 'sites:\n  - name: filed\n    databaseUrl: postgres://u@127.0.0.1:1/none\n    home: /nowhere\n');
    const first = await bareMachine('filed', {}, file);
    await addVault(first, { name: 'main', location: `${location}-file`, passphrase }, true);
    await createSchedule(first, {
      ...{
        name: 'Filed',
        site: 'filed',
        kind: 'backup',
        enabled: true,
        cron: '0 2 * * *',
        timeZone: 'UTC',
        vault: 'main',
        snapshot: true,
      },
    });
    await saveConfiguration(first);
    const bare = await bareMachine('unfiled');
    const report = await rebuild(bare, { location: `${location}-file`, passphrase }, { enable: false });
    expect(report).toMatchObject({ sites: [], schedules: [], problems: [expect.stringMatching(/^Filed: /)] });
    expect(await readFile(report.configFile!, 'utf8')).toBe(await readFile(file, 'utf8'));
    expect((await stat(report.configFile!)).mode & 0o777).toBe(0o600);
    const control = bare.config.controlDatabaseUrl!;
    const again = await bareMachine('unfiled', { OXBOW_CONTROL_DATABASE_URL: control }, report.configFile!);
    expect(await rebuild(again, { location: `${location}-file`, passphrase }, { enable: false })).toMatchObject({
      ...{ schedules: ['Filed'], problems: [], configFile: null },
    });
  });

  it('lists the snapshots of a vault in which no server keeps anything', async () => {
    const bare = await bareMachine('nothing');
    await addVault(bare, { name: 'empty', location: `${location}-empty`, passphrase }, true);
    expect(await rebuild(bare, { location: `${location}-empty`, passphrase }, { enable: false })).toMatchObject({
      ...{ vault: 'empty', snapshots: 0, from: null, sites: [] },
    });
  });

  it('changes nothing when the passphrase is wrong', async () => {
    const bare = await bareMachine('wrong');
    await expect(rebuild(bare, { location, passphrase: 'another one' }, { enable: false })).rejects.toMatchObject({
      code: 'VAULT_PASSPHRASE_WRONG',
    });
    expect(await listVaults(bare)).toEqual([]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dropSandbox, listSandboxes } from '#sites/live/sandbox/sandbox.ts';
import { TestServer } from '../../../test/support/test-server.ts';
import type { OpenApplication } from '../open-application.ts';
import { addSandbox } from './add-sandbox.ts';
import { openRegisteredSite } from './open-registered-site.ts';
import { addSite, changeSite, defaultSite, findSite, listSites, removeSite, setUpgrading } from './registered-sites.ts';

let server: TestServer;
let app: OpenApplication;
const wiki = { name: 'wiki', databaseUrl: 'postgres://reader:s%40cret@127.0.0.1:1/confluence', home: '/var/wiki' };
const passwordOf = async (name: string, of = app) => {
  const { site, close } = await openRegisteredSite(of, name);
  await close();
  return decodeURIComponent(new URL(site.databaseUrl).password);
};

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application({ WIKI_PASSWORD: 'of the environment' });
}, 60_000);
afterAll(() => server.close());
beforeEach(async () => {
  app.config.sites = [];
  await app.control.query('DELETE FROM sites');
});

describe('a site that is added', () => {
  it('keeps its password sealed and nowhere else, and is opened with it by any server that has the key', async () => {
    expect(JSON.stringify(await addSite(app, wiki))).not.toContain('cret');
    const [row] = await app.control.query<{ settings: object; secret: Buffer }>('SELECT settings, secret FROM sites');
    expect(JSON.stringify(row.settings)).not.toContain('cret');
    expect(row.secret.includes('cret')).toBe(false);
    expect(await passwordOf('wiki')).toBe('s@cret');
    expect(await passwordOf('wiki', await server.application())).toBe('s@cret');
    const stranger = await server.application({ OXBOW_SERVER_KEY: 'ab'.repeat(32), OXBOW_SERVER_KEY_LOST: 'true' });
    await expect(passwordOf('wiki', stranger)).rejects.toMatchObject({ code: 'SERVER_KEY_WRONG' });
    await server.application({ OXBOW_SERVER_KEY_LOST: 'true' });
  });

  it('does not open with the secret of another site', async () => {
    await addSite(app, wiki);
    await addSite(app, { ...wiki, name: 'other' });
    await app.control.query(`UPDATE sites SET secret = (SELECT secret FROM sites WHERE name = 'wiki') WHERE name = 'other'`);
    await expect(passwordOf('other')).rejects.toMatchObject({ code: 'SERVER_KEY_WRONG' });
  });

  it('needs a name of its own, a database of PostgreSQL and a home, or a sandbox that is there', async () => {
    await addSite(app, wiki);
    const refused = async (site: object, code: string) =>
      expect(addSite(app, { ...wiki, name: 'new', ...site })).rejects.toMatchObject({ code });
    await refused({ name: 'wiki' }, 'SITE_EXISTS');
    await refused({ name: 'Not a name' }, 'SITE_NAME_INVALID');
    await refused({ databaseUrl: undefined }, 'SITE_INCOMPLETE');
    await refused({ databaseUrl: 'mysql://x/y' }, 'SITE_INCOMPLETE');
    await refused({ home: undefined }, 'SITE_INCOMPLETE');
    await refused({ databaseUrl: undefined, sandbox: 'nowhere' }, 'SITE_INCOMPLETE');
    expect(await listSites(app)).toHaveLength(1);
  });

  it('is changed but for what is not said, its password too', async () => {
    await addSite(app, wiki);
    expect(await changeSite(app, 'wiki', { home: '/var/new', readers: 4 })).toMatchObject({ home: '/var/new', readers: 4 });
    expect(await passwordOf('wiki')).toBe('s@cret');
    await changeSite(app, 'wiki', { databasePassword: 'another' });
    expect(await passwordOf('wiki')).toBe('another');
    await expect(changeSite(app, 'nowhere', {})).rejects.toMatchObject({ code: 'SITE_UNKNOWN' });
  });

  it('is forgotten, with its secret', async () => {
    await addSite(app, wiki);
    await removeSite(app, 'wiki');
    await expect(findSite(app, 'wiki')).rejects.toMatchObject({ code: 'SITE_UNKNOWN' });
    expect(await app.control.query('SELECT 1 FROM sites')).toEqual([]);
  });

  it('is the default alone when it says so last', async () => {
    const saying = async () => (await listSites(app)).filter(({ isDefault }) => isDefault).map(({ name }) => name);
    expect(await defaultSite(app)).toBeNull();
    await addSite(app, wiki);
    await addSite(app, { ...wiki, name: 'another' });
    expect(await saying()).toEqual(['another']);
    await changeSite(app, 'another', { readers: 3 });
    await changeSite(app, 'wiki', { isDefault: true });
    expect(await saying()).toEqual(['wiki']);
    await addSite(app, { ...wiki, name: 'a-third', isDefault: true });
    expect(await saying()).toEqual(['a-third']);
    await changeSite(app, 'a-third', { isDefault: false });
    expect((await app.control.query(`SELECT 1 FROM sites WHERE settings->>'isDefault' = 'true'`)).length).toBe(0);
  });
});

describe('a site of the configuration file', () => {
  beforeEach(() => {
    app.config.sites = [{ ...wiki, databaseUrl: 'postgres://reader@127.0.0.1:1/c', databasePasswordVariable: 'WIKI_PASSWORD' }];
  });

  it('is changed by the file alone', async () => {
    await expect(changeSite(app, 'wiki', { home: '/x' })).rejects.toMatchObject({ code: 'SITE_IN_FILE' });
    await expect(removeSite(app, 'wiki')).rejects.toMatchObject({ code: 'SITE_IN_FILE' });
    await expect(addSite(app, wiki)).rejects.toMatchObject({ code: 'SITE_EXISTS' });
  });

  it('comes before one that was added under its name, with its own password', async () => {
    const { sites } = app.config;
    app.config.sites = [];
    await addSite(app, wiki);
    app.config.sites = sites;
    expect(await listSites(app)).toMatchObject([{ name: 'wiki', origin: 'file', isDefault: true }]);
    expect(await passwordOf('wiki')).toBe('of the environment');
  });
});

describe('a rolling upgrade that an operator states', () => {
  it('is known to every server from when it was first said until it is over', async () => {
    await addSite(app, wiki);
    await setUpgrading(app, 'wiki', true);
    const since = (await findSite(await server.application(), 'wiki')).upgradingSince;
    expect(since).toBeInstanceOf(Date);
    await setUpgrading(app, 'wiki', true);
    expect((await findSite(app, 'wiki')).upgradingSince).toEqual(since);
    await setUpgrading(app, 'wiki', false);
    expect((await findSite(app, 'wiki')).upgradingSince).toBeNull();
  });
});

describe('a sandbox that is added', () => {
  it('is a site at once, and refused without a trace where the name is taken', async () => {
    await addSite(app, wiki);
    await expect(addSandbox(app, 'wiki')).rejects.toMatchObject({ code: 'SITE_EXISTS' });
    await expect(addSandbox(app, 'Not a name')).rejects.toMatchObject({ code: 'SITE_NAME_INVALID' });
    expect(await listSandboxes(app.data)).toEqual([]);
    expect(await addSandbox(app, 'rehearsal')).toMatchObject({ name: 'rehearsal', sandbox: 'rehearsal', origin: 'database' });
    expect(await listSandboxes(app.data)).toEqual(['rehearsal']);
    await dropSandbox(app.data, 'rehearsal', { force: true });
  });
});

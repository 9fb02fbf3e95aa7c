import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox } from '#sites/live/sandbox/sandbox.ts';
import { TestServer } from '../../test/support/test-server.ts';
import type { OpenApplication } from './open-application.ts';
import { openSite } from './open-site.ts';
import { addSite } from './sites/registered-sites.ts';

let server: TestServer;
let app: OpenApplication;
let env: Record<string, string>;

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application();
  const url = await server.sites.emptyDatabase();
  env = { OXBOW_CONTROL_DATABASE_URL: server.controlUrl, OXBOW_DATABASE_PASSWORD: new URL(url).password };
  await addSite(app, { name: 'wiki', databaseUrl: 'postgres://u:p%20w@127.0.0.1:1/d', home: '/var/wiki', install: '/opt/wiki' });
  await createSandbox(app.data, 'play', { now: new Date(0), databaseUrl: url });
}, 60_000);
afterAll(() => server.close());

const opened = async (choice: object, around: Record<string, string> = env) => {
  const { site, close } = await openSite(app.data, choice, around);
  await close();
  return site;
};

describe('the site that is named to a command', () => {
  it('is a sandbox of the data folder, else a site that the server knows, with its password', async () => {
    expect(await opened({ site: 'wiki' })).toMatchObject({
      ...{ name: 'wiki', databaseUrl: 'postgres://u:p%20w@127.0.0.1:1/d', home: '/var/wiki', install: '/opt/wiki' },
    });
    await addSite(app, { name: 'play', databaseUrl: 'postgres://u@127.0.0.1:1/other', home: '/var/other' });
    expect((await opened({ site: 'play' })).home).toContain(join('sandboxes', 'play'));
    expect(await opened({ site: 'wiki', install: '/elsewhere' })).toMatchObject({ install: '/elsewhere' });
  });

  it('may stand in the configuration file that the environment names', async () => {
    const file = join(server.folder, 'oxbow.yaml');
    await writeFile(
      file,
      'sites: [{ name: filed, databaseUrl: "postgres://u@h/d", home: /var/f, databasePasswordVariable: WORD }]',
    );
    const site = await opened({ site: 'filed' }, { ...env, OXBOW_CONFIG: file, WORD: 'w' });
    expect(site.databaseUrl).toBe('postgres://u:w@h/d');
  });

  it('is not found when nobody knows it, and never the real one when only a sandbox is meant', async () => {
    await expect(opened({ site: 'nowhere' })).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
    await expect(opened({ site: 'wiki', onlySandbox: true })).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
    await expect(opened({ site: 'wiki' }, {})).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
    await expect(opened({})).rejects.toMatchObject({ code: 'SITE_NOT_NAMED' });
  });
});

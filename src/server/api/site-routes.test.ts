import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeldSandboxes } from '#app/sites/held-sandboxes.ts';
import { describeSandbox, dropSandbox, listSandboxes } from '#sites/live/sandbox/sandbox.ts';
import { callApi } from '../../../test/support/api-calls.ts';
import { ConfluenceServer, type Role } from '../../../test/support/confluence-server.ts';
import {
  diagnosis,
  pastedConfig,
  restoreFile,
  restoreFileDetails,
  site as siteContract,
  siteSpace,
  siteSummary,
} from '../contract/site-contract.ts';

let server: ConfluenceServer;

beforeAll(async () => {
  server = await ConfluenceServer.open();
});
afterAll(() => server.close());

const call = (role: Role, request: string, body?: unknown) => callApi(server, role, request, body);

describe('sites of the API', () => {
  it('are listed to each person as far as he has something to do with them', async () => {
    const names = async (role: Role) => {
      const { json } = await call(role, 'GET /api/sites');
      return json.map((one: unknown) => siteSummary.parse(one).name);
    };
    expect(await names('root')).toEqual(['other', 'wiki']);
    for (const role of ['keeper', 'carrier', 'reader'] as const) expect(await names(role), role).toEqual(['wiki']);
    expect(siteContract.parse((await call('root', 'GET /api/sites/wiki')).json)).toMatchObject({ name: 'wiki', isDefault: true });
    for (const role of ['keeper', 'reader'] as const) {
      // Nobody learns which there are.
      const known = await call(role, 'GET /api/sites/other');
      const unknown = await call(role, 'GET /api/sites/none');
      expect([known.status, known.text]).toEqual([403, unknown.text]);
    }
    expect(await call('root', 'GET /api/sites/none')).toMatchObject({ status: 404, json: { error: { code: 'SITE_UNKNOWN' } } });
  });

  it('are added, changed, tested and removed, and never tell a password', async () => {
    const url = new URL(server.wiki.databaseUrl);
    url.password = 'a secret';
    const body = { name: 'third', databaseUrl: url.href, home: server.wiki.home, readers: 3 };
    const added = await call('root', 'POST /api/sites', body);
    expect(added, added.text).toMatchObject({ status: 201, json: { name: 'third', origin: 'database', readers: 3 } });
    expect(added.text).not.toContain('secret');
    expect((await call('root', 'GET /api/sites/third')).text).not.toContain('secret');
    expect(await call('root', 'POST /api/sites', body)).toMatchObject({ status: 409, json: { error: { code: 'SITE_EXISTS' } } });
    expect(await call('root', 'POST /api/sites', { name: 'fourth' })).toMatchObject({
      status: 400,
      json: { error: { code: 'SITE_INCOMPLETE' } },
    });
    expect((await call('root', 'POST /api/sites', { ...body, name: 'Not A Name' })).status).toBe(400);
    expect((await call('root', 'POST /api/sites', { ...body, surplus: 1 })).status).toBe(400);

    const changed = await call('root', 'PATCH /api/sites/third', {
      readers: 5,
      databasePassword: 'another secret',
      databaseUrl: server.wiki.databaseUrl,
    });
    expect(changed).toMatchObject({ status: 200, json: { readers: 5, home: server.wiki.home } });
    expect(changed.text).not.toContain('secret');
    const tested = diagnosis.parse((await call('root', 'POST /api/sites/wiki/test')).json);
    expect(tested.steps.map(({ name }) => name)).toContain('Database');
    await call('root', 'PATCH /api/sites/third', { home: '/nowhere' });
    const failing = diagnosis.parse((await call('root', 'POST /api/sites/third/test')).json);
    expect(failing.ok).toBe(false);

    expect((await call('root', 'DELETE /api/sites/third')).status).toBe(204);
    expect((await call('root', 'DELETE /api/sites/third')).status).toBe(404);
    for (const request of ['POST /api/sites', 'PATCH /api/sites/wiki', 'DELETE /api/sites/wiki', 'POST /api/sites/from-config'])
      expect((await call('keeper', request, {})).status, request).toBe(403);
    const audited = (await call('root', 'GET /api/audit?action=site.')).json;
    expect(audited.map(({ action }: { action: string }) => action)).toEqual([
      'site.remove',
      'site.change',
      'site.change',
      'site.add',
    ]);
    expect(JSON.stringify(audited)).not.toContain('secret');
  });

  it('are read from a pasted confluence.cfg.xml, without giving its password back', async () => {
    const property = (name: string, value: string) => `<property name="hibernate.connection.${name}">${value}</property>`;
    const xml = `<confluence-configuration><buildNumber>9012</buildNumber><properties>${property('url', 'jdbc:postgresql://db.example.com:5432/confluence')}
      ${property('username', 'confluence')}${property('password', 'very secret')}</properties></confluence-configuration>`;
    const answer = await call('root', 'POST /api/sites/from-config', { xml, folder: '/var/atlassian/confluence' });
    expect(pastedConfig.parse(answer.json)).toMatchObject({
      databaseUrl: 'postgresql://confluence@db.example.com:5432/confluence',
      hasPassword: true,
      home: '/var/atlassian/confluence',
      buildNumber: 9012,
      problems: [],
    });
    expect(answer.text).not.toContain('secret');
    expect((await call('root', 'POST /api/sites/from-config', { xml: 'nonsense' })).json.problems.length).toBeGreaterThan(0);
    expect((await call('root', 'POST /api/sites/from-config', { xml: '' })).status).toBe(400);
  });

  it('show the spaces that each may back up, searched and page by page, ten thousand of them too', async () => {
    await server.test.sites.query(
      server.wiki,
      `INSERT INTO public.spaces (spaceid, spacename, spacekey, lowerspacekey, spacetype, spacestatus)
       SELECT 900000000 + n, 'Many ' || lpad(n::text, 5, '0'), 'MANY' || n, 'many' || n, 'global', 'CURRENT' FROM generate_series(1, 10000) AS n`,
    );
    const keys = async (role: Role, query: string) => {
      const { json } = await call(role, `GET /api/sites/wiki/spaces?${query}`);
      return json.map((one: unknown) => siteSpace.parse(one).key);
    };
    expect((await keys('root', 'limit=20000')).length).toBeGreaterThan(10_000);
    expect(await keys('root', 'search=many%2000009&limit=5')).toEqual(['MANY9']);
    expect(await keys('root', 'search=MANY&limit=2&offset=3')).toEqual(['MANY4', 'MANY5']);
    expect(await keys('keeper', 'limit=20000')).toEqual([server.spaces[0]]);
    expect((await keys('carrier', 'limit=20000')).sort()).toEqual(server.spaces.slice(0, 2).sort());
    expect(await keys('keeper', 'search=many')).toEqual([]);
    expect((await call('reader', 'GET /api/sites/wiki/spaces')).status).toBe(403);
    expect((await call('keeper', 'GET /api/sites/none/spaces')).status).toBe(403);
    expect((await call('root', 'GET /api/sites/none/spaces')).status).toBe(404);
    expect((await call('root', 'GET /api/sites/wiki/spaces?limit=0')).status).toBe(400);
  });

  it('show the backups that can be restored, and no other file', async () => {
    await server.writeBackups();
    await mkdir(join(server.wiki.home, 'restore', 'site', 'folder.zip'), { recursive: true });
    await writeFile(join(server.wiki.home, 'restore', 'site', '.upload-x.partial'), 'x');
    await writeFile(join(server.wiki.home, 'restore', 'site', 'notes.txt'), 'x');
    const names = async (query: string) =>
      (await call('root', `GET /api/sites/wiki/restore-files${query}`)).json.map(
        (one: unknown) => restoreFile.parse(one).fileName,
      );
    expect(await names('')).toEqual(['site.zip', 'space.zip']);
    expect(await names('?scope=SPACE')).toEqual(['space.zip']);
    expect((await call('keeper', 'GET /api/sites/wiki/restore-files')).status).toBe(403);

    const details = async (role: Role, file: string) => await call(role, `GET /api/sites/wiki/restore-files/${file}`);
    const space = restoreFileDetails.parse((await details('root', 'SPACE/space.zip')).json);
    expect(space).toMatchObject({ kind: 'space', fileName: 'space.zip', scope: 'SPACE' });
    expect(space.spaceKeys.length).toBeGreaterThan(0);
    expect(space.createdByBuild).toBeGreaterThan(0);
    expect(restoreFileDetails.parse((await details('root', 'SITE/site.zip')).json).kind).toBe('site');
    expect((await details('keeper', 'SPACE/space.zip')).status).toBe(403);
    expect((await details('root', 'SITE/none.zip')).json.error.code).toBe('RESTORE_FILE_NOT_FOUND');
    expect((await details('root', 'SITE/..%2Fspace%2Fspace.zip')).json.error.code).toBe('FILE_NAME_INVALID');
    expect((await details('root', 'OTHER/site.zip')).status).toBe(400);
    await writeFile(join(server.wiki.home, 'restore', 'site', 'broken.zip'), 'not a zip');
    expect((await details('root', 'SITE/broken.zip')).json.error.code).toMatch(/^ZIP_/);
  });

  it('hold jobs while a rolling upgrade goes on', async () => {
    const begun = await call('root', 'PUT /api/sites/wiki/upgrade', { upgrading: true });
    expect(begun.status).toBe(200);
    expect(siteSummary.parse(begun.json).upgradingSince).not.toBeNull();
    const backup = { type: 'site-backup', site: 'wiki', attachments: false, keepPermanently: false };
    const { id, held } = (await call('root', 'POST /api/jobs', backup)).json;
    expect(held).toBe(true);
    expect((await call('root', 'PUT /api/sites/wiki/upgrade', { upgrading: false })).json.upgradingSince).toBeNull();
    expect((await call('root', `GET /api/jobs/${id}`)).json.held).toBe(false);
    expect((await call('keeper', 'PUT /api/sites/wiki/upgrade', { upgrading: true })).status).toBe(403);
  });

  it('are made as empty sandboxes, which the server opens once and closes with itself', async () => {
    const held = new HeldSandboxes(server.app.data, server.app.env);
    server.app.heldSandboxes = held;
    const sandboxes = () => listSandboxes(server.app.data);
    const ask = (name: string, role: Role = 'root') => call(role, 'POST /api/sandboxes', { name });
    try {
      for (const role of ['keeper', 'carrier', 'reader'] as const) expect((await ask('rehearsal', role)).status, role).toBe(403);
      expect(await ask('wiki')).toMatchObject({ status: 409, json: { error: { code: 'SITE_EXISTS' } } });
      expect((await ask('Not A Name')).status).toBe(400);
      expect((await call('root', 'POST /api/sandboxes', { name: 'rehearsal', surplus: 1 })).status).toBe(400);
      expect(await sandboxes()).toEqual([]);

      // Asked for twice at a time it is made once; and the server answers meanwhile.
      const making = Promise.all([ask('rehearsal'), ask('rehearsal')]);
      const began = performance.now();
      expect((await call('root', 'GET /api/me')).status).toBe(200);
      expect(performance.now() - began).toBeLessThan(2000);
      const answers = (await making).sort((a, b) => a.status - b.status);
      expect(siteContract.parse(answers[0].json), answers[0].text).toMatchObject({
        name: 'rehearsal',
        sandbox: 'rehearsal',
        origin: 'database',
        isDefault: false,
      });
      expect(answers[1], answers[1].text).toMatchObject({ status: 409, json: { error: { code: 'SANDBOX_EXISTS' } } });
      const lines = (await call('root', 'GET /api/audit?action=site.add')).json;
      const ofIt = lines.filter(({ site }: { site: string }) => site === 'rehearsal');
      expect(ofIt).toMatchObject([{ actor: 'root', details: { sandbox: true } }]);

      expect(await describeSandbox(server.app.data, 'rehearsal')).toMatchObject({ state: 'stopped' });
      expect((await call('root', 'GET /api/sites/rehearsal/spaces')).json).toEqual([]);
      expect(await describeSandbox(server.app.data, 'rehearsal')).toMatchObject({ state: 'running', kept: false });
      // The site is forgotten, the sandbox stays.
      expect((await call('root', 'DELETE /api/sites/rehearsal')).status).toBe(204);
      expect(await sandboxes()).toEqual(['rehearsal']);
      expect(await ask('rehearsal')).toMatchObject({ status: 409, json: { error: { code: 'SANDBOX_EXISTS' } } });
      await held.close();
      expect(await describeSandbox(server.app.data, 'rehearsal')).toMatchObject({ state: 'stopped' });
    } finally {
      await held.close();
      delete server.app.heldSandboxes;
      await dropSandbox(server.app.data, 'rehearsal', { force: true }).catch(() => {});
    }
  });

  it('are not half made: a sandbox that cannot be registered is gone again', async () => {
    await server.app.control.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$`,
    );
    await server.app.control.query('CREATE TRIGGER refuse BEFORE INSERT ON sites FOR EACH ROW EXECUTE FUNCTION refuse()');
    try {
      expect((await call('root', 'POST /api/sandboxes', { name: 'broken' })).status).toBe(500);
      expect(await listSandboxes(server.app.data)).toEqual([]);
      expect((await call('root', 'GET /api/sites/broken')).status).toBe(404);
    } finally {
      await server.app.control.query('DROP FUNCTION refuse CASCADE');
    }
  });

  it('say it when their database does not answer, and not with what it is reached', async () => {
    const body = { name: 'away', databaseUrl: 'postgresql://someone:secret@127.0.0.1:9/none', home: server.wiki.home };
    expect((await call('root', 'POST /api/sites', body)).status).toBe(201);
    const answer = await call('root', 'GET /api/sites/away/spaces');
    expect(answer).toMatchObject({ status: 503, json: { error: { code: 'DATABASE_UNREACHABLE' } } });
    expect(answer.text).not.toContain('secret');
    expect((await call('root', 'GET /api/sites')).json).toHaveLength(3);
    await call('root', 'DELETE /api/sites/away');
  });
});

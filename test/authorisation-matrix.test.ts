import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ActionRule, actions } from '#app/access/actions.ts';
import { authenticate } from '#app/access/authenticate.ts';
import { type Scope, scopes } from '#app/access/caller.ts';
import { createBootstrapAdministrator, makeToken } from '#app/access/credentials.ts';
import type { OpenApplication } from '#app/open-application.ts';
import { addSite } from '#app/sites/registered-sites.ts';
import { buildServer } from '#server/http/build-server.ts';
import type { RouteAccess } from '#server/http/route-access.ts';
import { TestServer } from './support/test-server.ts';
import { WikiAccounts } from './support/wiki-accounts.ts';

// Every route of the server is called as everybody. What a route says of itself (its access) decides what is expected, so a new route is in the matrix by
// itself, and one that says nothing does not let the server start. Whom a route lets in must not answer 401 or 403; whom it does not, must.

interface Route {
  method: string;
  url: string;
  access: RouteAccess;
}

let server: TestServer;
let app: OpenApplication;
let http: FastifyInstance;
const routes: Route[] = [];
const headers: Record<string, Record<string, string>> = {};

const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});

/** Roles in the site "wiki", which is the default; and who administers the other site. */
const people = ['member', 'spaceadmin', 'exporter', 'sysadmin', 'otheradmin'] as const;

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application();
  for (const name of ['wiki', 'other']) {
    const site = await server.sites.create();
    const wiki = new WikiAccounts(server.sites, site);
    await wiki.directory(1);
    await wiki.space('ONE');
    await wiki.space('TWO');
    if (name === 'wiki') {
      for (const person of people.slice(0, 4)) await wiki.user(person, 1, { password: `of ${person}` });
      await wiki.permission('SETSPACEPERMISSIONS', 'ONE', { user: 'spaceadmin' });
      await wiki.permission('EXPORTSPACE', 'ONE', { user: 'exporter' });
      await wiki.permission('SYSTEMADMINISTRATOR', null, { user: 'sysadmin' });
    } else {
      await wiki.user('otheradmin', 1, { password: 'of otheradmin' });
      await wiki.permission('SYSTEMADMINISTRATOR', null, { user: 'otheradmin' });
    }
    await addSite(app, { name, databaseUrl: site.databaseUrl, home: site.home, isDefault: name === 'wiki' });
  }
  http = await buildServer(app, null, (route) => {
    for (const method of [route.method].flat()) {
      if (method !== 'OPTIONS') routes.push({ method, url: route.url, access: route.config!.access! });
    }
  });
  await http.ready();
  const bootstrap = await createBootstrapAdministrator(app);
  headers.bootstrap = basic(bootstrap!.name, bootstrap!.password);
  for (const person of people.slice(0, 4)) headers[person] = basic(person, `of ${person}`);
  const other = await authenticate(app, { name: 'otheradmin', password: 'of otheradmin', site: 'other', address: 'test' });
  headers.otheradmin = bearer((await makeToken(app, other, { name: 'all', scopes: [...scopes], days: 1 })).text);
  const admin = await authenticate(app, { name: 'sysadmin', password: 'of sysadmin', address: 'test' });
  for (const scope of scopes)
    headers[`token ${scope}`] = bearer((await makeToken(app, admin, { name: scope, scopes: [scope], days: 1 })).text);
  const expired = await makeToken(app, admin, { name: 'expired', scopes: [...scopes], days: 1 });
  await app.control.query('UPDATE tokens SET expires = $2 WHERE id = $1', [expired.token.id, new Date(Date.now() - 1000)]);
  headers['expired token'] = bearer(expired.text);
  const revoked = await makeToken(app, admin, { name: 'revoked', scopes: [...scopes], days: 1 });
  await app.control.query('UPDATE tokens SET revoked = now() WHERE id = $1', [revoked.token.id]);
  headers['revoked token'] = bearer(revoked.text);
  headers.nobody = {};
  headers['wrong password'] = basic('unknown-person', 'x');
});
afterAll(async () => {
  await http.close();
  await server.close();
});

function bearer(text: string): Record<string, string> {
  return { authorization: `Bearer ${text}` };
}

/** Calls a route of the site "wiki" with a body that asks for nothing that is there. */
async function call(route: Route, who: string, site = 'wiki'): Promise<number> {
  const url = route.url
    // Whoever may remove a site must not: the others need it.
    .replace(':site', route.method === 'DELETE' ? 'none' : site)
    .replace(':vault', 'none')
    .replace(':snapshot', 'ffffffff')
    .replace(':page', '1')
    .replace(':key', 'ffff')
    .replace(':id', '999999999')
    .replace('*', 'x');
  const response = await http.inject({
    method: route.method as 'GET',
    url,
    headers: { ...headers[who], 'x-atlassian-token': 'nocheck', 'tus-resumable': '1.0.0' },
    ...(['POST', 'PUT', 'PATCH'].includes(route.method) && !route.url.includes('/uploads') ? { payload: {} } : {}),
  });
  return response.statusCode;
}

const isRefusal = (status: number) => status === 401 || status === 403;

function ruleOf(access: RouteAccess): ActionRule | null {
  return access === 'public' || access === 'signed-in' ? null : actions[access];
}

describe('every route', () => {
  it('says who may call it, and there are many', () => {
    expect(routes.length).toBeGreaterThan(80);
    expect(routes.filter(({ access }) => access === undefined)).toEqual([]);
    // What everybody may call can be counted on the fingers, and changes nothing but who is signed in.
    const open = routes.filter(({ access }) => access === 'public').map(({ method, url }) => `${method} ${url}`);
    expect(open.filter((one) => !/^(GET|HEAD) /.test(one))).toEqual(['POST /api/login']);
  });

  it('refuses nobody-knows-who, whatever it is, unless it is open', async () => {
    for (const route of routes.filter(({ access }) => access !== 'public')) {
      for (const who of ['nobody', 'expired token', 'revoked token']) {
        expect([`${who}: ${route.method} ${route.url}`, await call(route, who)]).toEqual([
          `${who}: ${route.method} ${route.url}`,
          401,
        ]);
      }
    }
  });

  it('refuses wrong credentials even where none are needed', async () => {
    for (const route of routes.filter(({ access, url }) => access === 'public' && url !== '/api/login')) {
      expect([route.url, await call(route, 'expired token')]).toEqual([route.url, 401]);
    }
    expect(await call({ method: 'GET', url: '/api/me', access: 'signed-in' }, 'wrong password')).toBe(401);
  });

  it('of the server is open to its administrators alone', async () => {
    const ofServer = routes.filter(({ access }) => ruleOf(access)?.needs === 'server');
    expect(ofServer.length).toBeGreaterThan(20);
    for (const route of ofServer) {
      const what = `${route.method} ${route.url}`;
      for (const who of ['member', 'spaceadmin', 'exporter', 'otheradmin'])
        expect([what, who, await call(route, who)]).toEqual([what, who, 403]);
      for (const who of ['bootstrap', 'sysadmin'])
        expect([what, who, isRefusal(await call(route, who))]).toEqual([what, who, false]);
    }
  });

  it('of a site is closed to those without a right there; Confluence itself answers some of them with 400', async () => {
    const ofSite = routes.filter(
      ({ access, url }) => ruleOf(access)?.needs === 'site' && (url.includes(':site') || url.startsWith('/rest/')),
    );
    expect(ofSite.length).toBeGreaterThan(10);
    for (const route of ofSite) {
      const what = `${route.method} ${route.url}`;
      for (const who of ['member', 'spaceadmin', 'exporter', 'otheradmin']) {
        const status = await call(route, who);
        // A body that says nothing is told first; with a whole one see the test below.
        expect([what, who, status >= 400 && status < 500]).toEqual([what, who, true]);
      }
      for (const who of ['bootstrap', 'sysadmin'])
        expect([what, who, isRefusal(await call(route, who))]).toEqual([what, who, false]);
    }
  });

  it('takes a token for what its scopes say, and for nothing else', async () => {
    for (const route of routes) {
      const rule = ruleOf(route.access);
      if (!rule) continue;
      for (const scope of scopes as readonly Scope[]) {
        const status = await call(route, `token ${scope}`);
        const what = `${route.method} ${route.url} with a token for ${scope}`;
        if (scope !== rule.scope) expect([what, status]).toEqual([what, expect.toBeOneOf([400, 403])]);
        else expect([what, isRefusal(status)]).toEqual([what, false]);
      }
    }
  });
});

describe('asking for a job', () => {
  const site = 'wiki';
  const wanted: [string, object, string[]][] = [
    ['a backup of the site', { type: 'site-backup', site, attachments: true, keepPermanently: false }, []],
    [
      'a backup of a space',
      { type: 'space-backup', site, spaceKeys: ['ONE'], keepPermanently: false },
      ['spaceadmin', 'exporter'],
    ],
    ['a backup of two spaces', { type: 'space-backup', site, spaceKeys: ['ONE', 'TWO'], keepPermanently: false }, []],
    ['a restore', { type: 'site-restore', site, fileName: 'x.zip' }, []],
    ['a restore of a space', { type: 'space-restore', site, fileName: 'x.zip' }, []],
    ['a snapshot', { type: 'snapshot', site, vault: 'none' }, []],
    ['a restore of a snapshot', { type: 'restore-snapshot', site, vault: 'none', snapshot: 'latest' }, []],
    // Whom it is for is told that there is no such snapshot.
    [
      'a restore of a space of a snapshot',
      { type: 'restore-snapshot', site, vault: 'none', snapshot: 'latest', spaceKeys: ['ONE'] },
      ['spaceadmin'],
    ],
    [
      'a restore of two spaces of a snapshot',
      { type: 'restore-snapshot', site, vault: 'none', snapshot: 'latest', spaceKeys: ['ONE', 'TWO'] },
      [],
    ],
    [
      'a restore of a space of a snapshot under another key',
      { type: 'restore-snapshot', site, vault: 'none', snapshot: 'latest', spaceKeys: ['ONE'], asKey: 'NEW' },
      [],
    ],
    ['a restore of a named space of a file', { type: 'space-restore', site, fileName: 'x.zip', spaceKeys: ['ONE'] }, []],
    ['a look into a file', { type: 'inspect', site, scope: 'SPACE', fileName: 'x.zip' }, []],
    ['an import', { type: 'import', site, vault: 'none', scope: 'SPACE', fileName: 'x.zip' }, []],
    ['a rollback', { type: 'rollback', site }, []],
    [
      'an export of a space',
      { type: 'export', site, vault: 'none', snapshot: 'latest', spaceKeys: ['ONE'], keepPermanently: false },
      [],
    ],
    ['an export', { type: 'export', site, vault: 'none', snapshot: 'latest', keepPermanently: false }, []],
    ['a check', { type: 'check', vault: 'none' }, []],
    ['a prune', { type: 'prune', vault: 'none' }, []],
    ['a comparison', { type: 'compare', vault: 'none', snapshot: 'latest', with: { site } }, []],
  ];
  for (const [what, payload, allowed] of wanted) {
    it(`for ${what} is for ${['administrators', ...allowed].join(', ')}`, async () => {
      for (const who of ['member', 'spaceadmin', 'exporter', 'otheradmin', 'sysadmin', 'bootstrap']) {
        const { statusCode } = await http.inject({ method: 'POST', url: '/api/jobs', headers: headers[who], payload });
        const isAllowed = ['sysadmin', 'bootstrap', ...allowed].includes(who);
        expect([who, statusCode === 403]).toEqual([who, !isAllowed]);
        // The next one would be of the same spaces.
        await http.inject({ method: 'POST', url: '/api/sites/wiki/clear-queue', headers: headers.bootstrap, payload: {} });
      }
    });
  }

  it('for a restore of a space takes a token for restores', async () => {
    const admin = await authenticate(app, { name: 'spaceadmin', password: 'of spaceadmin', address: 'test' });
    const payload = { type: 'restore-snapshot', site, vault: 'none', snapshot: 'latest', spaceKeys: ['ONE'] };
    for (const scope of scopes) {
      const { text } = await makeToken(app, admin, { name: scope, scopes: [scope], days: 1 });
      const { statusCode } = await http.inject({ method: 'POST', url: '/api/jobs', headers: bearer(text), payload });
      expect([scope, statusCode]).toEqual([scope, scope === 'restore' ? 404 : 403]);
    }
  });

  it('through Confluence\u2019s own API is for the same people', async () => {
    const ask = async (who: string, path: string, payload: object) =>
      (await http.inject({ method: 'POST', url: `/rest/api/backup-restore${path}`, headers: headers[who], payload })).statusCode;
    for (const who of ['member', 'spaceadmin', 'exporter', 'otheradmin']) {
      expect(await ask(who, '/backup/site', { skipAttachments: true, keepPermanently: false })).toBe(403);
      expect(await ask(who, '/restore/site', { fileName: 'x.zip' })).toBe(403);
      expect(await ask(who, '/restore/space', { fileName: 'x.zip' })).toBe(403);
      expect(await ask(who, '/backup/space', { spaceKeys: ['TWO'], keepPermanently: false })).toBe(403);
    }
    expect(await ask('exporter', '/backup/space', { spaceKeys: ['ONE'], keepPermanently: false })).toBe(200);
  });

  it('shows nobody what is not his: jobs of others, whoever asks, are not there', async () => {
    const made = await http.inject({
      method: 'POST',
      url: '/api/jobs',
      headers: headers.sysadmin,
      payload: { type: 'site-backup', site, attachments: false, keepPermanently: false },
    });
    const { id } = made.json() as { id: string };
    for (const who of ['member', 'spaceadmin', 'exporter', 'otheradmin']) {
      for (const path of [
        `/api/jobs/${id}`,
        `/api/jobs/${id}/log`,
        `/api/jobs/${id}/download`,
        `/api/jobs/${id}/skipped.csv`,
        `/rest/api/backup-restore/jobs/${id}`,
      ]) {
        expect([who, path, (await http.inject({ url: path, headers: headers[who] })).statusCode]).toEqual([who, path, 404]);
      }
      const cancelled = await http.inject({ method: 'POST', url: `/api/jobs/${id}/cancel`, headers: headers[who], payload: {} });
      expect([who, cancelled.statusCode]).toEqual([who, 404]);
      const list = await http.inject({ url: '/api/jobs', headers: headers[who] });
      expect((list.json() as { jobs: { id: string }[] }).jobs.map((job) => job.id)).not.toContain(id);
    }
  });
});

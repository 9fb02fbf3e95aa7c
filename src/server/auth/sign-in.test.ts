import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBootstrapAdministrator, resetPassword } from '#app/access/credentials.ts';
import type { OpenApplication } from '#app/open-application.ts';
import { addSite } from '#app/sites/registered-sites.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { TestServer } from '../../../test/support/test-server.ts';
import { WikiAccounts } from '../../../test/support/wiki-accounts.ts';
import { buildServer } from '../http/build-server.ts';

let server: TestServer;
let app: OpenApplication;
let http: FastifyInstance;
let site: LiveSite;
let wiki: WikiAccounts;
let password: string;
/** The clock of the server goes on by this. */
let later = 0;

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application({}, () => new Date(Date.now() + later));
  site = await server.sites.create();
  wiki = new WikiAccounts(server.sites, site);
  await wiki.directory(1);
  await wiki.user('anna', 1, { password: 'river bend', display: 'Anna' });
  await wiki.permission('SYSTEMADMINISTRATOR', null, { user: 'anna' });
  await addSite(app, { name: 'wiki', databaseUrl: site.databaseUrl, home: site.home });
  password = (await createBootstrapAdministrator(app))!.password;
  http = await buildServer(app);
});
afterAll(async () => {
  await http.close();
  await server.close();
});

const logIn = (name: string, word: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
  http.inject({ method: 'POST', url: '/api/login', payload: { name, password: word }, headers, remoteAddress });

function cookieOf(response: { headers: Record<string, unknown> }): string {
  return String([response.headers['set-cookie']].flat()[0]).split(';')[0];
}

describe('signing in', () => {
  it('works with an account of Confluence and its own password, and with the account that the server began with', async () => {
    const anna = await logIn('Anna', 'river bend');
    expect(anna.statusCode).toBe(200);
    expect(anna.json()).toMatchObject({
      name: 'anna',
      displayName: 'Anna',
      realm: 'wiki',
      role: 'server-administrator',
      xsrf: expect.any(String),
    });
    expect((await logIn('admin', password)).json()).toMatchObject({
      name: 'admin',
      realm: 'local',
      role: 'server-administrator',
    });
    // Once there is an account, no second one is made.
    expect(await createBootstrapAdministrator(app)).toBeNull();
  });

  it('gives a cookie that scripts and other sites do not get, and never a password back', async () => {
    const response = await logIn('anna', 'river bend');
    const cookie = String(response.headers['set-cookie']);
    expect(cookie).toMatch(/^oxbow_session=[\w-]{43};/);
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(cookie).toContain(part);
    expect(response.body).not.toContain('river bend');
    const [{ found }] = await app.control.query<{ found: boolean }>(
      `SELECT bool_or(encode(hash, 'escape') LIKE '%' || $1 || '%') AS found FROM login_sessions`,
      [cookie.slice(14, 30)],
    );
    expect(found).toBe(false);
  });

  it('says the same whatever was wrong', async () => {
    const [name, word] = [await logIn('nobody-at-all', 'x'), await logIn('anna', 'wrong')];
    expect([name.statusCode, word.statusCode]).toEqual([401, 401]);
    expect(name.json()).toEqual(word.json());
  });

  it('ends after hours without use, after a month in any case, and when somebody signs out', async () => {
    const cookie = cookieOf(await logIn('anna', 'river bend'));
    const me = () => http.inject({ url: '/api/me', headers: { cookie } });
    expect((await me()).statusCode).toBe(200);
    later = 7 * 3_600_000;
    expect((await me()).statusCode).toBe(200);
    later = 16 * 3_600_000;
    expect((await me()).statusCode).toBe(401);
    later = 0;
    const second = await logIn('anna', 'river bend');
    const headers = { cookie: cookieOf(second), 'x-oxbow-xsrf': (second.json() as { xsrf: string }).xsrf };
    expect((await http.inject({ method: 'POST', url: '/api/logout', headers })).statusCode).toBe(204);
    expect((await http.inject({ url: '/api/me', headers })).statusCode).toBe(401);
  });

  it('is over for everybody who used an account of Oxbow when its password is reset', async () => {
    const cookie = cookieOf(await logIn('admin', password));
    password = await resetPassword(app, 'admin');
    expect((await http.inject({ url: '/api/me', headers: { cookie } })).statusCode).toBe(401);
    expect((await logIn('admin', password)).statusCode).toBe(200);
  });

  it('costs a growing wait after some failures, for the account and for the address, and the wait ends', async () => {
    await wiki.user('bert', 1, { password: 'right' });
    for (let i = 0; i < 6; i++) await logIn('bert', 'wrong', {}, '10.0.0.1');
    const blocked = await logIn('bert', 'right', {}, '10.0.0.2');
    expect(blocked.statusCode).toBe(429);
    expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(0);
    // Basic authentication counts too.
    const basic = { authorization: `Basic ${Buffer.from('bert:right').toString('base64')}` };
    expect((await http.inject({ url: '/api/me', headers: basic })).statusCode).toBe(429);
    later = 60_000;
    expect((await logIn('bert', 'right', {}, '10.0.0.2')).statusCode).toBe(200);
    // Another name each time, from one address.
    for (let i = 0; i < 40; i++) await logIn(`guess-${i}`, 'x', {}, '10.0.0.3');
    expect((await logIn('anna', 'river bend', {}, '10.0.0.3')).statusCode).toBe(429);
    expect((await logIn('anna', 'river bend', {}, '10.0.0.4')).statusCode).toBe(200);
    later = 0;
  });

  it('stops to count for an account that is gone or no longer active, at once for tokens and sessions', async () => {
    await wiki.user('carla', 1, { password: 'right' });
    const signedIn = await logIn('carla', 'right');
    const headers = { cookie: cookieOf(signedIn) };
    expect((await http.inject({ url: '/api/me', headers })).json()).toMatchObject({ role: 'member', sites: [] });
    await server.sites.query(site, `UPDATE public.cwd_user SET active = 'F' WHERE lower_user_name = 'carla'`);
    later = 10_000;
    expect((await http.inject({ url: '/api/me', headers })).statusCode).toBe(401);
    later = 0;
  });
});

describe('what changes something', () => {
  it('needs the token of the session beside its cookie, and is refused from another web site', async () => {
    const response = await logIn('anna', 'river bend');
    const cookie = cookieOf(response);
    const { xsrf } = response.json() as { xsrf: string };
    const make = (headers: Record<string, string>) =>
      http.inject({
        method: 'POST',
        url: '/api/tokens',
        payload: { name: 'x', scopes: ['read'], days: 1 },
        headers: { cookie, ...headers },
      });
    expect((await make({})).json()).toMatchObject({ error: { code: 'XSRF_MISSING' } });
    expect((await make({ 'x-oxbow-xsrf': `${xsrf}x` })).statusCode).toBe(403);
    expect((await make({ 'x-oxbow-xsrf': xsrf, origin: 'https://evil.example' })).json()).toMatchObject({
      error: { code: 'ORIGIN_FOREIGN' },
    });
    expect((await make({ 'x-oxbow-xsrf': xsrf, origin: app.config.baseUrl })).statusCode).toBe(201);
    // Signing somebody in from elsewhere is a forgery too.
    expect((await logIn('anna', 'river bend', { origin: 'https://evil.example' })).statusCode).toBe(403);
    // Reading needs no token.
    expect((await http.inject({ url: '/api/me', headers: { cookie } })).statusCode).toBe(200);
  });
});

describe('access tokens', () => {
  const basic = () => ({ authorization: `Basic ${Buffer.from('anna:river bend').toString('base64')}` });

  it('are shown once, kept as a hash, narrowed by scopes, and end', async () => {
    const made = await http.inject({
      method: 'POST',
      url: '/api/tokens',
      payload: { name: 'script', scopes: ['read'], days: 7 },
      headers: basic(),
    });
    const { text, token } = made.json() as { text: string; token: { id: string } };
    expect(text).toMatch(/^oxb_[\w-]{43}$/);
    const list = await http.inject({ url: '/api/tokens', headers: basic() });
    expect(list.body).not.toContain(text);
    const [{ dump }] = await app.control.query<{ dump: string }>("SELECT string_agg(t::text, E'\\n') AS dump FROM tokens t");
    expect(dump).not.toContain(text.slice(4, 20));
    const headers = { authorization: `Bearer ${text}` };
    expect((await http.inject({ url: '/api/me', headers })).json()).toMatchObject({ name: 'anna', scopes: ['read'] });
    // A token cannot make one that may do more.
    const more = {
      method: 'POST',
      url: '/api/tokens',
      payload: { name: 'more', scopes: ['restore'], days: 7 },
      headers,
    } as const;
    expect((await http.inject(more)).statusCode).toBe(403);
    // Where a client knows of passwords alone it stands in their place.
    const asPassword = { authorization: `Basic ${Buffer.from(`anna:${text}`).toString('base64')}` };
    expect((await http.inject({ url: '/api/me', headers: asPassword })).statusCode).toBe(200);
    later = 8 * 86_400_000;
    expect((await http.inject({ url: '/api/me', headers })).statusCode).toBe(401);
    later = 0;
    expect((await http.inject({ method: 'DELETE', url: `/api/tokens/${token.id}`, headers: basic() })).statusCode).toBe(204);
    expect((await http.inject({ url: '/api/me', headers })).statusCode).toBe(401);
  });
});

describe('the audit log', () => {
  it('tells who did what, cannot be changed, and shows when it was', async () => {
    const headers = { authorization: `Basic ${Buffer.from('anna:river bend').toString('base64')}` };
    const lines = (await http.inject({ url: '/api/audit?limit=500', headers })).json() as {
      action: string;
      actor: string;
      address: string;
    }[];
    expect(lines.map(({ action }) => action)).toEqual(expect.arrayContaining(['session.begin', 'token.create', 'token.revoke']));
    expect(lines.every(({ actor }) => actor !== '')).toBe(true);
    for (const sql of [`UPDATE audit SET actor = 'other'`, 'DELETE FROM audit', 'TRUNCATE audit']) {
      await expect(app.control.query(sql)).rejects.toThrow('append-only');
    }
    const verify = async () => (await http.inject({ url: '/api/audit/verify', headers })).json();
    expect(await verify()).toEqual({ ok: true, firstWrong: null });
    // Who owns the database can do it all the same, and it shows.
    await app.control.query(
      `ALTER TABLE audit DISABLE TRIGGER ALL; UPDATE audit SET object = 'another' WHERE id = 2; ALTER TABLE audit ENABLE TRIGGER ALL`,
    );
    expect(await verify()).toEqual({ ok: false, firstWrong: '2' });
  });
});

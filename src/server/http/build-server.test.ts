import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../../../test/support/api-calls.ts';
import { ConfluenceServer } from '../../../test/support/confluence-server.ts';
import { buildServer } from './build-server.ts';
import { contentSecurityPolicy } from './security-headers.ts';

let server: ConfluenceServer;
const logged: { level: string; fields: Record<string, unknown>; message: string }[] = [];

beforeAll(async () => {
  server = await ConfluenceServer.open();
  const keep = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, fields: fields as Record<string, unknown>, message });
  Object.assign(server.app, { log: { info: keep('info'), warn: keep('warn'), error: keep('error') } });
});
afterAll(() => server.close());

/** Sends bytes as they are; what comes back until the other side ends. */
async function raw(text: string, again: { every: number; text: string } | null = null): Promise<string> {
  const { hostname, port } = new URL(server.base);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.write(text);
  const timer = again ? setInterval(() => socket.write(again.text), again.every) : null;
  await new Promise((resolve) => socket.on('close', resolve).on('error', () => {}));
  if (timer) clearInterval(timer);
  return answer;
}

describe('the server', () => {
  it('refuses to start with a route that does not say who may call it', async () => {
    const other = await buildServer(server.app);
    expect(() => other.get('/api/open-by-accident', async () => 'x')).toThrow('does not say who may call it');
    await other.close();
  });

  it('sends headers that keep browsers safe with every answer, errors too', async () => {
    for (const [role, request] of [
      ['root', 'GET /api/me'],
      ['nobody', 'GET /api/me'],
      ['root', 'GET /api/nowhere'],
      ['nobody', 'GET /healthz'],
      ['nobody', 'GET /api/docs'],
    ] as const) {
      const { headers } = await callApi(server, role, request);
      expect(headers.get('content-security-policy'), request).toBe(contentSecurityPolicy);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('strict-transport-security')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(contentSecurityPolicy).not.toContain('unsafe');
    server.app.config.baseUrl = 'https://backup.example.com';
    const secure = await buildServer(server.app);
    const { headers } = await secure.inject('/healthz');
    expect(headers['strict-transport-security']).toMatch(/^max-age=/);
    await secure.close();
    server.app.config.baseUrl = server.base;
  });

  it('says whether it is well, and what is not', async () => {
    expect(await callApi(server, 'nobody', 'GET /healthz')).toMatchObject({
      status: 200,
      json: { status: 'ok', controlDatabase: true, dispatcher: true },
    });
    const stuck = await buildServer(server.app, { lastTick: () => new Date(Date.now() - 60_000) });
    const answer = await stuck.inject('/healthz');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ status: 'failing', controlDatabase: true, dispatcher: false });
    await stuck.close();
    await server.app.control.query(`INSERT INTO migrations (name) VALUES ('9999-of-a-newer-version.sql')`);
    expect((await callApi(server, 'nobody', 'GET /healthz')).json).toMatchObject({ status: 'failing', controlDatabase: false });
    await server.app.control.query(`DELETE FROM migrations WHERE name = '9999-of-a-newer-version.sql'`);
    expect((await callApi(server, 'nobody', 'GET /healthz')).status).toBe(200);
  });

  it('answers errors in one form, and defects with no more than where the log tells of them', async () => {
    const invalid = await callApi(server, 'root', 'POST /api/jobs', { type: 'site-backup', site: 'WIKI', surplus: 1 });
    expect(invalid).toMatchObject({ status: 400, json: { error: { code: 'REQUEST_INVALID' } } });
    expect(invalid.json.error.message).toContain('site');
    const unread = await callApi(server, 'root', 'POST /api/jobs', '{"type":', { 'content-type': 'application/json' });
    expect(unread).toMatchObject({ status: 400, json: { error: { code: 'REQUEST_INVALID' } } });
    const strange = await callApi(server, 'root', 'POST /api/jobs', 'x', { 'content-type': 'text/strange' });
    expect(strange).toMatchObject({ status: 415, json: { error: { code: 'CONTENT_TYPE' } } });
    const large = await callApi(server, 'root', 'POST /api/jobs', { type: 'x'.repeat(1024 * 1024) });
    expect(large).toMatchObject({ status: 413, json: { error: { code: 'UPLOAD_TOO_LARGE' } } });
    expect(await callApi(server, 'root', 'GET /nowhere')).toMatchObject({ status: 404, json: { error: { code: 'NOT_FOUND' } } });
    // Nobody learns what there is.
    expect((await callApi(server, 'nobody', 'GET /nowhere')).status).toBe(401);

    await server.app.control.query('ALTER TABLE audit RENAME TO audit_away');
    const defect = await callApi(server, 'root', 'GET /api/audit');
    await server.app.control.query('ALTER TABLE audit_away RENAME TO audit');
    expect(defect).toMatchObject({ status: 500, json: { error: { code: 'DEFECT' } } });
    expect(defect.text).not.toMatch(/relation|audit_away|\.ts|at /);
    const reference = /under request (\w+)/.exec(defect.json.error.message)![1];
    const line = logged.find(({ fields }) => fields.request === reference && fields.stack);
    expect(line).toMatchObject({ level: 'error' });
  });

  it('refuses text that no database takes', async () => {
    const backup = { type: 'space-backup', site: 'wiki', keepPermanently: false };
    for (const key of ['A\0B', 'A\ud800']) {
      const answer = await callApi(server, 'root', 'POST /api/jobs', { ...backup, spaceKeys: [key] });
      expect(answer).toMatchObject({ status: 400, json: { error: { code: 'REQUEST_INVALID' } } });
    }
    for (const request of ['GET /api/jobs?owner=a%00b', 'GET /api/sites/wiki/spaces?search=%00', 'GET /api/audit?actor=%00']) {
      expect((await callApi(server, 'root', request)).status, request).toBe(400);
    }
    for (const id of ['9223372036854775808', '9999999999999999999', '-1', 'x', '1.5', '']) {
      expect((await callApi(server, 'root', `GET /api/jobs?before=${id}`)).status, id).toBe(400);
      expect((await callApi(server, 'root', `GET /api/audit?before=${id}`)).status, id).toBe(400);
      expect([400, 404]).toContain((await callApi(server, 'root', `GET /api/jobs/${id}x/log`)).status);
    }
  });

  it('logs each request without its query, body or credentials', async () => {
    logged.length = 0;
    await callApi(server, 'root', 'GET /api/jobs?owner=somebody-secret');
    await callApi(server, 'nobody', 'POST /api/login', { name: 'root', password: 'a wrong secret' });
    const requests = () => logged.filter(({ message }) => message === 'request');
    await expect.poll(() => requests().length).toBe(2);
    expect(requests()[0].fields).toMatchObject({
      method: 'GET',
      route: '/api/jobs',
      path: '/api/jobs',
      status: 200,
      user: 'root',
      request: expect.stringMatching(/^\w{16}$/),
      milliseconds: expect.any(Number),
    });
    expect(requests()[1].fields).toMatchObject({ method: 'POST', path: '/api/login', status: 401 });
    expect(JSON.stringify(logged)).not.toMatch(/secret|Basic|of a test/);
  });

  it('believes what proxies say of an address only when they are trusted', async () => {
    const forwarded = { 'x-forwarded-for': '203.0.113.9' };
    const askedFrom = async (trusted: string[]) => {
      server.app.config.trustedProxies = trusted;
      const behind = await buildServer(server.app);
      logged.length = 0;
      await behind.inject({ url: '/healthz', headers: forwarded });
      await behind.close();
      return logged.find(({ message }) => message === 'request')!.fields.address;
    };
    expect(await askedFrom([])).toBe('127.0.0.1');
    expect(await askedFrom(['127.0.0.1'])).toBe('203.0.113.9');
    server.app.config.trustedProxies = [];
  });

  it('does not wait for ever for a body that comes byte by byte', async () => {
    const head = `POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`;
    const slow = await buildServer(server.app, null, () => {}, { bodyMs: 300 });
    const address = await slow.listen({ host: '127.0.0.1', port: 0 });
    const base = server.base;
    Object.assign(server, { base: address });
    // Ends because the server ends it.
    expect(await raw(head, { every: 50, text: ' ' })).not.toContain('200 OK');
    Object.assign(server, { base });
    await slow.close();
  });

  it('lets answers out that are on their way when it closes', async () => {
    const closing = await buildServer(server.app);
    let answer = () => {};
    const began = new Promise<void>((resolve) => {
      closing.get('/slow', { config: { access: 'public' } }, async () => {
        resolve();
        await new Promise<void>((done) => {
          answer = done;
        });
        return 'out';
      });
    });
    const address = await closing.listen({ host: '127.0.0.1', port: 0 });
    const asked = fetch(`${address}/slow`);
    await began;
    const closed = closing.close();
    setTimeout(answer, 100);
    expect(await (await asked).text()).toBe('out');
    await closed;
  });
});

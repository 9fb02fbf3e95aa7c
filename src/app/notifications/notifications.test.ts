import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenApplication } from '#app/open-application.ts';
import { TestServer } from '../../../test/support/test-server.ts';
import { createSchedule } from '../schedules/schedule-service.ts';
import { runSchedule } from '../schedules/scheduler.ts';
import { allChannels, createChannel, findChannel, type NewChannel, testChannel, updateChannel } from './channel-service.ts';
import { concludeJobs, deliverAll, lookForOverdue } from './notifier.ts';

interface Heard {
  path: string;
  body: string;
  headers: IncomingMessage['headers'];
}

let server: TestServer;
let app: OpenApplication;
let second: OpenApplication;
let web: Server;
let address: string;
let mail: SMTPServer;
let now: Date;
let heard: Heard[] = [];
let mails: string[] = [];
/** What the receiver answers. */
let status = 200;

beforeAll(async () => {
  server = await TestServer.open();
  web = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      heard.push({ path: request.url!, body: Buffer.concat(pieces).toString(), headers: request.headers });
      if (status === 302) response.setHeader('location', '/elsewhere');
      response.statusCode = status;
      response.end();
    });
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  mail = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        mails.push(Buffer.concat(pieces).toString());
        done();
      });
    },
  });
  await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve));
  now = new Date('2026-11-01T12:00:00Z');
  app = await server.application({}, () => now);
  second = await server.application({}, () => now);
  for (const one of [app, second]) {
    const { port } = mail.server.address() as AddressInfo;
    one.config.smtp = { host: '127.0.0.1', port, secure: false, from: 'oxbow@example.com' };
  }
  await server.site(app, 'wiki', 3);
  await server.vault(app, 'main');
});
afterAll(async () => {
  await new Promise((resolve) => mail.close(() => resolve(null)));
  web.closeAllConnections();
  await new Promise((resolve) => web.close(resolve));
  await server.close();
});
beforeEach(async () => {
  now = new Date('2026-11-01T12:00:00Z');
  for (const table of ['notification_outbox', 'notification_channels', 'jobs', 'schedules'])
    await app.control.query(`DELETE FROM ${table}`);
  heard = [];
  mails = [];
  status = 200;
});

const hook = (more: Partial<NewChannel> = {}): NewChannel => ({
  name: 'hook',
  kind: 'webhook',
  enabled: true,
  events: ['success', 'failure', 'warning', 'overdue', 'recovered'],
  url: `${address}/hook?key=very-secret`,
  ...more,
});

async function scheduled() {
  return await createSchedule(app, {
    name: 'nightly',
    site: 'wiki',
    vault: 'main',
    kind: 'backup',
    enabled: true,
    cron: '0 2 * * *',
    timeZone: 'UTC',
    snapshot: true,
  });
}

async function end(state: 'FINISHED' | 'FAILED', more = ''): Promise<void> {
  await app.control.query(`UPDATE jobs SET state = $1, started = created, finished = $2${more} WHERE state = 'QUEUED'`, [
    state,
    now,
  ]);
}

describe('notifications', () => {
  it('tell by webhook what happened, signed, once, whichever of several servers looks', async () => {
    await createChannel(app, hook({ signingKey: 'shared-key-of-both' }));
    const schedule = await scheduled();
    await runSchedule(app, schedule, 'test');
    await end('FAILED', `, error_code = 'STORE_FULL', error_message = 'The disk is full.', error_hint = 'Make room.'`);
    await Promise.all([concludeJobs(app), concludeJobs(second)]);
    await Promise.all([deliverAll(app), deliverAll(second)]);
    expect(heard).toHaveLength(1);
    const [{ body, headers, path }] = heard;
    expect(path).toBe('/hook?key=very-secret');
    expect(JSON.parse(body)).toMatchObject({
      event: 'failure',
      site: 'wiki',
      jobType: 'snapshot',
      schedule: 'nightly',
      url: expect.stringContaining('/jobs/'),
    });
    expect(JSON.parse(body).text).toContain('The disk is full.\nWhat to do: Make room.');
    const signature = createHmac('sha256', 'shared-key-of-both').update(body).digest('hex');
    expect(headers['x-oxbow-signature']).toBe(`sha256=${signature}`);
  });

  it('tell by e-mail in plain words', async () => {
    await createChannel(app, {
      name: 'post',
      kind: 'email',
      enabled: true,
      events: ['warning'],
      to: 'a@example.com, b@example.com',
    });
    await runSchedule(app, await scheduled(), 'test');
    await end('FINISHED', ', warnings = 3');
    await concludeJobs(app);
    await deliverAll(app);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain('Subject: Oxbow: Snapshot of wiki finished with warnings');
    expect(mails[0]).toContain('To: a@example.com, b@example.com');
    expect(mails[0]).toContain('3 warnings');
  });

  it('ping where a run begins, succeeds and fails', async () => {
    await createChannel(app, {
      name: 'checks',
      kind: 'ping',
      enabled: true,
      events: ['success', 'failure'],
      url: `${address}/ping/1234`,
    });
    const schedule = await scheduled();
    for (const ending of ['FINISHED', 'FAILED'] as const) {
      await runSchedule(app, schedule, 'test');
      await deliverAll(app);
      await end(ending);
      await concludeJobs(app);
      await deliverAll(app);
    }
    expect(heard.map(({ path }) => path)).toEqual(['/ping/1234/start', '/ping/1234', '/ping/1234/start', '/ping/1234/fail']);
  });

  it('tell once that a schedule is overdue, and that it has recovered', async () => {
    await createChannel(app, hook());
    const schedule = await scheduled();
    now = new Date('2026-11-03T12:00:00Z');
    await lookForOverdue(app);
    await lookForOverdue(second);
    await deliverAll(app);
    expect(heard.map(({ headers }) => headers['x-oxbow-event'])).toEqual(['overdue']);
    await runSchedule(app, schedule, 'test');
    await end('FINISHED');
    await concludeJobs(app);
    await deliverAll(app);
    expect(heard.map(({ headers }) => headers['x-oxbow-event'])).toEqual(['overdue', 'success', 'recovered']);
    now = new Date('2026-11-06T12:00:00Z');
    await lookForOverdue(app);
    await deliverAll(app);
    expect(heard.at(-1)!.headers['x-oxbow-event']).toBe('overdue');
  });

  it('are tried again when they were not taken, and given up in the end; the channel says why', async () => {
    const { id } = await createChannel(app, hook());
    await runSchedule(app, await scheduled(), 'test');
    await end('FINISHED');
    await concludeJobs(app);
    status = 503;
    await deliverAll(app);
    await deliverAll(app);
    expect(heard).toHaveLength(1);
    expect(await findChannel(app, id)).toMatchObject({ lastError: 'The address answered 503.', lastSent: null });
    now = new Date(now.getTime() + 31_000);
    status = 200;
    await deliverAll(app);
    expect(heard).toHaveLength(2);
    expect(await findChannel(app, id)).toMatchObject({ lastError: null, lastSent: now });
    status = 500;
    await runSchedule(app, await scheduled(), 'test');
    await end('FINISHED');
    await concludeJobs(app);
    for (let i = 0; i < 30; i++) {
      await deliverAll(app);
      now = new Date(now.getTime() + 3_600_000);
    }
    expect(heard).toHaveLength(2 + 12);
  });

  it('go to channels that are on, want the event, and are of the site', async () => {
    await createChannel(app, hook({ name: 'off', enabled: false }));
    await createChannel(app, hook({ name: 'failures', events: ['failure'] }));
    await createChannel(app, hook({ name: 'another site', site: 'other' }));
    await createChannel(app, hook({ name: 'this site', site: 'wiki', url: `${address}/mine` }));
    await runSchedule(app, await scheduled(), 'test');
    await end('FINISHED');
    await concludeJobs(app);
    await deliverAll(app);
    expect(heard.map(({ path }) => path)).toEqual(['/mine']);
  });

  it('follow no address to another one', async () => {
    const { id } = await createChannel(app, hook());
    status = 302;
    expect(await testChannel(app, id)).toEqual({ ok: false, message: 'The address answered 302.' });
    expect(heard.map(({ path }) => path)).toEqual(['/hook?key=very-secret']);
  });

  it('are tried by a test, which says what is wrong', async () => {
    const { id } = await createChannel(app, hook());
    expect(await testChannel(app, id)).toEqual({ ok: true, message: 'It was taken.' });
    await updateChannel(app, id, hook({ name: 'hook', url: 'http://127.0.0.1:1/x' }));
    expect(await testChannel(app, id)).toMatchObject({ ok: false, message: expect.stringContaining('does not answer') });
  });

  it('keep the address of a channel sealed', async () => {
    await createChannel(app, hook({ signingKey: 'shared-key-of-both' }));
    const [{ dump }] = await app.control.query<{ dump: string }>(
      "SELECT string_agg(c::text, E'\\n') AS dump FROM notification_channels c",
    );
    for (const secret of ['very-secret', 'shared-key-of-both']) {
      expect(dump).not.toContain(secret);
      expect(dump).not.toContain(Buffer.from(secret).toString('hex'));
      expect(JSON.stringify(await allChannels(app).then((all) => all.map(({ secret: _, ...rest }) => rest)))).not.toContain(
        secret,
      );
    }
  });
});

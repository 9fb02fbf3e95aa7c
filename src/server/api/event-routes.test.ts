import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import fastify from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ControlDatabase } from '#control/control-database.ts';
import { announceJob } from '#control/jobs/job-events.ts';
import { addLogLines } from '#control/jobs/job-log.ts';
import { callApi, setJob } from '../../../test/support/api-calls.ts';
import { ConfluenceServer, type Role } from '../../../test/support/confluence-server.ts';
import { administrator } from '../../../test/support/test-server.ts';
import { job as jobContract } from '../contract/job-contract.ts';
import { registerEventRoutes } from './event-routes.ts';

let server: ConfluenceServer;
const open: Listener[] = [];

beforeAll(async () => {
  server = await ConfluenceServer.open();
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.app.control.query('DELETE FROM jobs');
});
afterEach(() => {
  for (const listener of open.splice(0)) listener.close();
});

interface Event {
  event: string;
  // biome-ignore lint: any form
  data: any;
  id?: string;
}

/** A client of server-sent events. */
class Listener {
  readonly events: Event[] = [];
  readonly answer: IncomingMessage;
  isOver = false;
  #rest = '';

  constructor(answer: IncomingMessage) {
    this.answer = answer;
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => this.#take(text));
    answer.on('close', () => {
      this.isOver = true;
    });
    answer.on('error', () => {});
  }

  of(event: string): Event[] {
    return this.events.filter((one) => one.event === event);
  }

  close(): void {
    this.answer.destroy();
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop()!;
    for (const block of blocks) {
      const value = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const event = value('event');
      if (event) this.events.push({ event, data: JSON.parse(value('data')!), ...(value('id') ? { id: value('id')! } : {}) });
    }
  }
}

async function listen(role: Role, path = '/api/events', headers: Record<string, string> = {}): Promise<Listener> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${server.base}${path}`, { headers: { ...server.authorization(role), ...headers }, agent: false }, resolve).on(
      'error',
      reject,
    );
  });
  const listener = new Listener(answer);
  open.push(listener);
  return listener;
}

async function make(role: Role = 'root', spaceKeys?: string[]): Promise<string> {
  const request = spaceKeys
    ? { type: 'space-backup', site: 'wiki', spaceKeys, keepPermanently: false }
    : { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false };
  return (await callApi(server, role, 'POST /api/jobs', request)).json.id;
}

async function change(id: string, changes: string): Promise<void> {
  await setJob(server, id, changes);
  await announceJob(server.app.control, id);
}

const line = (message: string) => ({ time: new Date(), level: 'info' as const, code: null, message, object: null });
const messagesOf = (listener: Listener) =>
  listener.of('log').flatMap(({ data }) => data.map((one: { message: string }) => one.message));

describe('events of jobs', () => {
  it('tell each person what changes of what he may see, and first that he should look', async () => {
    const root = await listen('root');
    const keeper = await listen('keeper');
    const reader = await listen('reader');
    expect(root.answer.statusCode).toBe(200);
    expect(root.answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(root.answer.headers['cache-control']).toBe('no-store');
    await expect.poll(() => root.events).toEqual([{ event: 'refresh', data: {} }]);
    const site = await make();
    const space = await make('root', [server.spaces[0]]);
    await expect.poll(() => root.of('job').map(({ data }) => data.id)).toEqual([site, space]);
    expect(jobContract.parse(root.of('job')[0].data)).toMatchObject({ id: site, state: 'QUEUED', placeInQueue: 0 });
    await change(site, `state = 'PROCESSING', started = now()`);
    await expect.poll(() => root.of('job').at(-1)?.data).toMatchObject({ id: site, state: 'PROCESSING' });
    expect(keeper.of('job').map(({ data }) => data.id)).toEqual([space]);
    expect(reader.of('job')).toEqual([]);
  });

  it('tell of one job its progress, its log from where the client was, and its end', async () => {
    const id = await make();
    await addLogLines(
      server.app.control,
      id,
      Array.from({ length: 250 }, (_, n) => line(`old ${n}`)),
    );
    const listener = await listen('root', `/api/jobs/${id}/events`);
    await expect.poll(() => listener.of('job')).toHaveLength(1);
    expect(messagesOf(listener)).toHaveLength(200);
    expect(messagesOf(listener).at(-1)).toBe('old 249');
    await Promise.all(Array.from({ length: 20 }, (_, n) => addLogLines(server.app.control, id, [line(`new ${n}`)])));
    await expect.poll(() => messagesOf(listener).length).toBe(220);
    expect(new Set(messagesOf(listener)).size).toBe(220);
    const seen = listener.of('log').at(-1)!.id!;
    listener.close();

    await addLogLines(
      server.app.control,
      id,
      Array.from({ length: 1200 }, (_, n) => line(`missed ${n}`)),
    );
    const again = await listen('root', `/api/jobs/${id}/events`, { 'last-event-id': seen });
    await expect.poll(() => messagesOf(again).length).toBe(1200);
    await change(id, `state = 'FINISHED', started = created, finished = now()`);
    await expect.poll(() => again.isOver).toBe(true);
    expect(again.events.at(-1)).toEqual({ event: 'end', data: {} });
    expect(again.of('job').at(-1)!.data).toMatchObject({ state: 'FINISHED' });

    const late = await listen('root', `/api/jobs/${id}/events`);
    await expect.poll(() => late.isOver).toBe(true);
    expect(late.of('end')).toHaveLength(1);
    const odd = await listen('root', `/api/jobs/${id}/events`, { 'last-event-id': "'; DROP TABLE jobs" });
    await expect.poll(() => odd.isOver).toBe(true);
  });

  it('are refused to who may not see the job, and bounded for each person', async () => {
    const id = await make();
    expect((await callApi(server, 'keeper', `GET /api/jobs/${id}/events`)).status).toBe(404);
    expect((await callApi(server, 'nobody', 'GET /api/events')).status).toBe(401);
    for (let i = 0; i < 12; i++) await listen('reader');
    expect(await callApi(server, 'reader', 'GET /api/events')).toMatchObject({
      status: 429,
      json: { error: { code: 'TOO_MANY_STREAMS' } },
    });
    expect((await listen('carrier')).answer.statusCode).toBe(200);
    open[0].close();
    // Its place is free once the server has seen it go.
    await expect.poll(async () => (await listen('reader')).answer.statusCode).toBe(200);
  });

  it('say that something may have been missed when the line to the control database broke', async () => {
    const root = await listen('root');
    await expect.poll(() => root.of('refresh')).toHaveLength(1);
    const other = await ControlDatabase.open(server.test.controlUrl);
    await other.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()`,
    );
    await other.close();
    await expect.poll(() => root.of('refresh').length, { timeout: 10_000 }).toBe(2);
    const id = await make();
    await expect.poll(() => root.of('job').map(({ data }) => data.id)).toEqual([id]);
  });

  it('let go of a client that does not read, and keep no more than a megabyte for it', async () => {
    const id = await make();
    const { hostname, port } = new URL(server.base);
    const socket = connect(Number(port), hostname);
    const text = `GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${server.authorization('root').authorization}\r\n\r\n`;
    await new Promise<void>((resolve) => socket.once('data', () => resolve()).write(text));
    socket.pause();
    socket.on('error', () => {});
    await setJob(server, id, `parameters = parameters || jsonb_build_object('filler', repeat('x', 1000000))`);
    const connections = () => new Promise<number>((resolve) => server.http.server.getConnections((_, count) => resolve(count)));
    const before = await connections();
    await expect
      .poll(
        async () => {
          await announceJob(server.app.control, id);
          return await connections();
        },
        { timeout: 60_000, interval: 260 },
      )
      .toBeLessThan(before);
    socket.destroy();
  });

  it('say now and then that they are alive, and end after a while, so that who was signed out does not listen on', async () => {
    const quick = fastify();
    quick.setValidatorCompiler(() => () => true);
    quick.setSerializerCompiler(serializerCompiler);
    quick.decorateRequest('caller', null);
    quick.addHook('onRequest', async (request) => {
      request.caller = administrator;
    });
    registerEventRoutes(quick as never, server.app, { heartbeatMs: 20, longestMs: 300 });
    const address = await quick.listen({ host: '127.0.0.1', port: 0 });
    const text = await (await fetch(`${address}/api/events`)).text();
    expect(text.startsWith('retry: 2000\n\n')).toBe(true);
    expect(text).toContain(': still here\n\n');
    expect(text).toContain('event: refresh\ndata: {}\n\n');
    await quick.close();
  });

  it('end when the server closes', async () => {
    const root = await listen('root');
    await server.http.close();
    await expect.poll(() => root.isOver).toBe(true);
  });
});

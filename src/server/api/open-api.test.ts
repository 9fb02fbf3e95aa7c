import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Application } from '#app/application.ts';
import { silentLog } from '#base/log.ts';
import { buildServer } from '../http/build-server.ts';
import { type ApiDocument, apiReference, type Operation } from './api-reference.ts';
import type { Schema } from './schema-text.ts';

let http: FastifyInstance;
let document: ApiDocument & { openapi: string };
const routes: { method: string; url: string; access: string; hide: boolean }[] = [];

// What it says does not depend on what there is: no database is needed to write it.
beforeAll(async () => {
  const config = { tls: null, trustedProxies: [], baseUrl: 'http://127.0.0.1:8090', publicMetrics: false };
  const app = { config, log: silentLog, now: () => new Date(), control: {} } as unknown as Application;
  http = await buildServer(app, null, (route) => {
    for (const method of [route.method].flat()) {
      const { hide } = (route.schema ?? {}) as { hide?: boolean };
      routes.push({ method, url: route.url, access: route.config!.access!, hide: hide === true });
    }
  });
  const answer = await http.inject('/api/openapi.json');
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  document = answer.json();
});
afterAll(() => http.close());

function operations(): [name: string, operation: Operation & { operationId: string; security?: unknown[] }][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => [`${method.toUpperCase()} ${path}`, one as never] as const),
  ) as never;
}

/** Every schema of the document. */
function* schemas(value: unknown = document): Generator<Schema> {
  if (value === null || typeof value !== 'object') return;
  yield value as Schema;
  for (const inner of Object.values(value)) yield* schemas(inner);
}

describe('the OpenAPI document', () => {
  it('covers every route of the server', () => {
    expect(document.openapi).toBe('3.1.0');
    const told = new Set(operations().map(([name]) => name));
    const missing = routes
      .filter(({ method, hide }) => !hide && method !== 'HEAD')
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
      .filter((name) => !told.has(name));
    expect(missing).toEqual([]);
    expect(told.size).toBeGreaterThan(70);
  });

  it('says of each route what it does, who may call it, and what it answers', () => {
    const ids = new Set<string>();
    for (const [name, one] of operations()) {
      expect(one.summary, name).toMatch(/^\S.*[^.]$/s);
      expect(one.tags, name).toHaveLength(1);
      expect(one.description, name).toMatch(/(Open to everybody|For )/);
      expect(ids.has(one.operationId), name).toBe(false);
      ids.add(one.operationId);
      const good = Object.keys(one.responses ?? {}).filter((status) => /^2/.test(status));
      expect(good.length, name).toBeGreaterThan(0);
      for (const { description } of Object.values(one.responses!)) expect(description, name).not.toBe('Default Response');
      const places = [...name.matchAll(/\{(\w+)\}/g)].map(([, place]) => place);
      const inPath = (one.parameters ?? []).filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name);
      expect(inPath.sort(), name).toEqual(places.sort());
      if (name.includes(' /api/') && one.tags![0] !== 'uploads' && !/openapi|events/.test(name))
        expect(Object.keys(one.responses!), name).toEqual(expect.arrayContaining(['4XX', '5XX']));
    }
    const open = operations().filter(([, one]) => one.security?.length === 0);
    expect(open.map(([name]) => name).sort()).toEqual(['GET /api/openapi.json', 'GET /healthz', 'POST /api/login']);
  });

  it('gives names to what comes again and again, and every name is that of something', () => {
    const names = Object.keys(document.components.schemas);
    for (const name of ['Error', 'Job', 'JobRequest', 'Site', 'Vault', 'Snapshot', 'Schedule']) expect(names).toContain(name);
    const used = new Set<string>();
    for (const { $ref } of schemas()) {
      if ($ref === undefined) continue;
      expect($ref).toMatch(/^#\/components\/schemas\/\w+$/);
      used.add($ref.split('/').at(-1)!);
    }
    expect([...used].sort()).toEqual(names.sort());
  });

  it('is shown to people without a script and without any other host', async () => {
    const page = await http.inject('/api/docs');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).not.toMatch(/<script|style=|\son\w+=|src=/);
    for (const [, address] of page.body.matchAll(/href="([^"]+)"/g)) expect(address).toMatch(/^(#|\/api\/)/);
    for (const [, name] of page.body.matchAll(/href="#([^"]+)"/g)) expect(page.body).toContain(`id="${name}"`);
    expect(page.body).toContain('/api/jobs/{id}/download');
    expect((await http.inject('/api/docs.css')).headers['content-type']).toBe('text/css; charset=utf-8');
  });
});

it('the reference of the API says what the server says (npm run docs)', () => {
  const file = join(import.meta.dirname, '../../../docs/reference/api.md');
  const text = apiReference(document);
  if (process.env.OXBOW_WRITE_DOCS) writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

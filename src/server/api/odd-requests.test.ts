import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfluenceServer } from '../../../test/support/confluence-server.ts';
import type { ApiDocument, Operation } from './api-reference.ts';
import type { Schema } from './schema-text.ts';

let server: ConfluenceServer;
let document: ApiDocument;

beforeAll(async () => {
  server = await ConfluenceServer.open();
  await server.test.vault(server.app, 'main');
  document = (await server.http.inject('/api/openapi.json')).json();
});
afterAll(() => server.close());

/** What people and programs send by mistake, or on purpose. */
const oddText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    '1',
    'wiki',
    'main',
    'latest',
    'null',
    '../..',
    '%00',
    '\0',
    'a\ud800',
    '9223372036854775808',
    '1e309',
    '{}',
    "'",
    '2026-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '0000-01-01T00:00:00Z',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

/** A value that fits the schema, but for a strange one here and there. */
function anyOf(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const fitting = fittingOf(schema, depth);
  return depth > 4
    ? fc.constant(null)
    : fc.oneof({ weight: 12, arbitrary: fitting }, { weight: 1, arbitrary: fc.oneof(oddText, fc.jsonValue({ maxDepth: 1 })) });
}

function fittingOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.$ref) return anyOf(document.components.schemas[schema.$ref.split('/').at(-1)!], depth);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map((one) => anyOf(one, depth + 1)));
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(([key, value]) => [key, anyOf(value, depth + 1)] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: schema.required ?? [] });
    }
    case 'array':
      return fc.array(anyOf(schema.items ?? {}, depth + 1), { maxLength: 3 });
    case 'number':
    case 'integer':
      return fc.oneof(fc.integer(), fc.constantFrom(0, 1, 100));
    case 'boolean':
      return fc.boolean();
    default:
      return oddText;
  }
}

function requestOf(operation: Operation, path: string) {
  const parameters = operation.parameters ?? [];
  const inPath = parameters.filter((one) => one.in === 'path');
  const inQuery = parameters.filter((one) => one.in === 'query');
  const body = operation.requestBody?.content?.['application/json']?.schema;
  return fc.record({
    url: fc
      .tuple(...inPath.map(() => oddText))
      .map((values) => inPath.reduce((url, { name }, n) => url.replace(`{${name}}`, encoded(values[n] as string)), path)),
    query: fc.record(Object.fromEntries(inQuery.map(({ name }) => [name, oddText])), { requiredKeys: [] }),
    body: body ? anyOf(body) : fc.constant(undefined),
  });
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()) || 'x';
}

it('no request makes a defect, whatever is in it', async () => {
  const defects: string[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      // Streams, and what would end or replace what the others need, or reach out to other hosts.
      if (
        /events|\/api\/vaults$|\/login|\/uploads|\/notifications/.test(path) ||
        (method === 'delete' && /^\/api\/(sites|vaults)\/\{\w+\}$/.test(path))
      )
        continue;
      for (const { url, query, body } of fc.sample(requestOf(operation, path), {
        numRuns: 40,
        seed: 7,
      })) {
        const search = new URLSearchParams();
        for (const [key, value] of Object.entries(query)) search.set(key, String(value).toWellFormed());
        const headers = { ...server.authorization('root'), 'x-atlassian-token': 'nocheck' };
        const answer = await server.http.inject({
          method: method.toUpperCase() as 'GET',
          url: `${url}?${search}`,
          headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
        });
        if (answer.statusCode === 500)
          defects.push(`${method} ${url}?${search} ${JSON.stringify(body)?.slice(0, 300)} -> ${answer.body}`);
      }
    }
  }
  expect(defects).toEqual([]);
});

import type { FastifyInstance } from 'fastify';
import type { ApiDocument, Operation } from './api-reference.ts';
import { type Schema, typeText } from './schema-text.ts';

/** /api/openapi.json, and /api/docs: the same for people, as plain HTML without a script. Signing in is not needed: it says nothing of any site. */
export function registerDocs(server: FastifyInstance): void {
  let page: string | null = null;
  server.get(
    '/api/openapi.json',
    { config: { access: 'public' }, schema: { summary: 'This document', tags: ['server'] } },
    (_request, reply) => reply.type('application/json; charset=utf-8').send(JSON.stringify(server.swagger())),
  );
  server.get('/api/docs', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) => {
    page ??= render(server.swagger() as never);
    return reply.type('text/html; charset=utf-8').send(page);
  });
  server.get('/api/docs.css', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(style),
  );
}

function render(document: ApiDocument): string {
  const byTag = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? 'other';
      byTag.set(tag, [...(byTag.get(tag) ?? []), renderOperation(method, path, operation)]);
    }
  }
  const tags = [...byTag.keys()].sort();
  const sections = tags.map(
    (tag) => `<section id="${escaped(tag)}"><h2>${escaped(tag)}</h2>${byTag.get(tag)!.join('')}</section>`,
  );
  const forms = Object.entries(document.components.schemas).map(
    ([name, schema]) => `<section id="form-${escaped(name)}"><h3>${escaped(name)}</h3>${renderForm(schema)}</section>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Oxbow API</title><link rel="stylesheet" href="/api/docs.css"></head><body>
<header><h1>Oxbow API <small>${escaped(document.info.version)}</small></h1><p>${escaped(document.info.description ?? '')}</p>
<p>As a document for programs: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1).</p>
<nav aria-label="Parts">${[...tags, 'forms'].map((tag) => `<a href="#${escaped(tag)}">${escaped(tag)}</a>`).join(' ')}</nav></header>
<main>${sections.join('')}<section id="forms"><h2>Forms</h2>${forms.join('')}</section></main></body></html>`;
}

function renderOperation(method: string, path: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []).map(
    (one) =>
      `<tr><td><code>${escaped(one.name)}</code></td><td>${escaped(one.in)}${one.required ? ', required' : ''}</td><td>${typed(one.schema)}</td></tr>`,
  );
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const answers = Object.entries(operation.responses ?? {})
    .filter(([status]) => /^2/.test(status))
    .map(([status, one]) => {
      const schema = Object.values(one.content ?? {})[0]?.schema;
      return `<p>Answer ${escaped(status)}: ${schema ? typed(schema) : escaped(one.description ?? '')}</p>`;
    });
  const told = (operation.description ?? '').split('\n\n').map((text) => `<p>${escaped(text)}</p>`);
  return `<details><summary><b class="${escaped(method)}">${escaped(method.toUpperCase())}</b> <code>${escaped(path)}</code> <span>${escaped(operation.summary ?? '')}</span></summary>
${told.join('')}${parameters.length > 0 ? `<table>${parameters.join('')}</table>` : ''}${body ? `<p>Body: ${typed(body)}</p>` : ''}${answers.join('')}</details>`;
}

function renderForm(schema: Schema): string {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return `<ul>${choices.map((one) => `<li>${typed(one)}</li>`).join('')}</ul>`;
  if (!schema.properties) return `<p>${typed(schema)}</p>`;
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties).map(
    ([key, value]) =>
      `<tr><td><code>${escaped(key)}${required.includes(key) ? '' : '?'}</code></td><td>${typed(value)}</td></tr>`,
  );
  return `<table>${rows.join('')}</table>`;
}

/** Names of forms lead to them. */
function typed(schema: Schema | undefined): string {
  const text = escaped(typeText(schema, (name) => `\u0001${name}\u0002`));
  return `<code>${text.replace(/\u0001(\w+)\u0002/g, '<a href="#form-$1">$1</a>')}</code>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);
}

const style = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
h1 small{font-weight:400;opacity:.6}nav a{margin-right:.75rem}h2{margin-top:2rem;text-transform:capitalize}
details{border:1px solid #8884;border-radius:6px;margin:.35rem 0;padding:.4rem .7rem}summary{cursor:pointer}summary span{opacity:.75;margin-left:.5rem}
b{display:inline-block;min-width:4.2rem}.get{color:#0b6bcb}.post{color:#1a7f37}.put,.patch{color:#9a6700}.delete{color:#cf222e}
code{overflow-wrap:anywhere}td{padding:.15rem .6rem .15rem 0;vertical-align:top}a{color:#0b6bcb}
@media(prefers-color-scheme:dark){.get,a{color:#6cb6ff}.post{color:#57ab5a}.put,.patch{color:#c69026}.delete{color:#f47067}}`;

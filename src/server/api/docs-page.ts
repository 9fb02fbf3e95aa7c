import type { FastifyInstance } from 'fastify';

interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[];
  requestBody?: { content?: Record<string, { schema?: object }> };
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>;
}

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

function render(document: {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
}): string {
  const byTag = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? 'other';
      byTag.set(tag, [...(byTag.get(tag) ?? []), renderOperation(method, path, operation)]);
    }
  }
  const tags = [...byTag.keys()].sort();
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Oxbow API</title><link rel="stylesheet" href="/api/docs.css"></head><body>
<header><h1>Oxbow API <small>${escaped(document.info.version)}</small></h1><p>${escaped(document.info.description ?? '')}</p>
<p>As a document for programs: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1).</p>
<nav aria-label="Parts">${tags.map((tag) => `<a href="#${escaped(tag)}">${escaped(tag)}</a>`).join(' ')}</nav></header>
<main>${tags.map((tag) => `<section id="${escaped(tag)}"><h2>${escaped(tag)}</h2>${byTag.get(tag)!.join('')}</section>`).join('')}</main></body></html>`;
}

function renderOperation(method: string, path: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []).map(
    (one) =>
      `<tr><td><code>${escaped(one.name)}</code></td><td>${escaped(one.in)}${one.required ? ', required' : ''}</td><td>${schemaText(one.schema)}</td></tr>`,
  );
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const answers = Object.entries(operation.responses ?? {})
    .filter(([status]) => /^2/.test(status))
    .map(([status, one]) => `<p>Answer ${escaped(status)}</p>${schemaBlock(Object.values(one.content ?? {})[0]?.schema)}`);
  return `<details><summary><b class="${escaped(method)}">${escaped(method.toUpperCase())}</b> <code>${escaped(path)}</code> <span>${escaped(operation.summary ?? '')}</span></summary>
${operation.description ? `<p>${escaped(operation.description)}</p>` : ''}${parameters.length > 0 ? `<table>${parameters.join('')}</table>` : ''}
${body ? `<p>Body</p>${schemaBlock(body)}` : ''}${answers.join('')}</details>`;
}

function schemaText(schema: object | undefined): string {
  return schema ? `<code>${escaped(JSON.stringify(schema))}</code>` : '';
}

function schemaBlock(schema: object | undefined): string {
  return schema ? `<pre>${escaped(JSON.stringify(schema, null, 2))}</pre>` : '';
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);
}

const style = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
h1 small{font-weight:400;opacity:.6}nav a{margin-right:.75rem}h2{margin-top:2rem;text-transform:capitalize}
details{border:1px solid #8884;border-radius:6px;margin:.35rem 0;padding:.4rem .7rem}summary{cursor:pointer}summary span{opacity:.75;margin-left:.5rem}
b{display:inline-block;min-width:4.2rem}.get{color:#0b6bcb}.post{color:#1a7f37}.put,.patch{color:#9a6700}.delete{color:#cf222e}
pre{max-height:22rem;overflow:auto;background:#8881;padding:.7rem;border-radius:6px;font-size:12px}td{padding:.15rem .6rem .15rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){.get{color:#6cb6ff}.post{color:#57ab5a}.put,.patch{color:#c69026}.delete{color:#f47067}}`;

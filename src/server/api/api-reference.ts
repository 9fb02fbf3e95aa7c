import { type Schema, typeText } from './schema-text.ts';

export interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>;
}

export interface ApiDocument {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** docs/reference/api.md: every route and every form of the OpenAPI document. */
export function apiReference({ info, paths, components }: ApiDocument): string {
  const parts = [
    '# API\n',
    'What `/api/openapi.json` of a server says, for people; `/api/docs` shows the same. Made by `npm run docs`; a test holds that it is current.',
    `Confluence's own API has a page of its own: [confluence-rest.md](confluence-rest.md).\n`,
    `${info.description}\n`,
    'Times are ISO 8601 in UTC, ids of jobs and the like are text. A field with `?` may be absent.\n',
  ];
  const byTag = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? 'other';
      if (tag === 'Confluence') continue;
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationText(method, path, operation)]);
    }
  }
  for (const tag of [...byTag.keys()].sort()) parts.push(`## ${tag[0].toUpperCase()}${tag.slice(1)}\n`, ...byTag.get(tag)!);
  parts.push('## Forms\n');
  for (const [name, schema] of Object.entries(components.schemas)) parts.push(`### ${name}\n\n${formText(schema)}\n`);
  return parts.join('\n');
}

function operationText(method: string, path: string, operation: Operation): string {
  const rows = (operation.parameters ?? []).map(
    ({ name, in: place, required, schema }) =>
      `| \`${name}\` | ${place}${required ? '' : ', may be absent'} | ${cell(typeText(schema, link))}${schema?.default === undefined ? '' : ` (default: ${schema.default})`} |`,
  );
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  return [
    `### ${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}\n`,
    `${operation.summary}. ${operation.description?.replaceAll('\n\n', ' ') ?? ''}\n`,
    ...(rows.length > 0 ? [`| parameter | in | |\n|---|---|---|\n${rows.join('\n')}\n`] : []),
    ...(body ? [`Body: ${typeText(body, link)}\n`] : []),
    `Answer: ${answerText(operation)}\n`,
  ].join('\n');
}

function answerText({ responses = {} }: Operation): string {
  const good = Object.entries(responses).filter(([status]) => /^2/.test(status));
  return (
    good
      .map(([status, { content, description }]) => {
        const [type, first] = Object.entries(content ?? {})[0] ?? [];
        if (type === undefined) return `${status}, ${description}`;
        return type === 'application/json' ? `${status}, ${typeText(first?.schema, link)}` : `${status}, ${type}`;
      })
      .join('; ') || 'none'
  );
}

function formText(schema: Schema): string {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return `One of:\n\n${choices.map((one) => `- \`${typeText(one)}\``).join('\n')}`;
  if (!schema.properties) return typeText(schema, link);
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties).map(
    ([key, value]) => `| \`${key}${required.includes(key) ? '' : '?'}\` | ${cell(typeText(value, link))} |`,
  );
  return `| field | |\n|---|---|\n${rows.join('\n')}`;
}

function link(name: string): string {
  return `[${name}](#${name.toLowerCase()})`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

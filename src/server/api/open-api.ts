import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Action, type ActionRule, actions } from '#app/access/actions.ts';
import type { Application } from '#app/application.ts';
import type { RouteAccess } from '../http/route-access.ts';
import { productVersion } from './about-routes.ts';
import { schemaNames } from './schema-names.ts';

const description = `Backup, restore and archive for Confluence. Sign in with Basic authentication (an account of Confluence, or of Oxbow), an access
token (Bearer), or the session cookie of POST /api/login; what changes something with the cookie needs the header X-Oxbow-XSRF. Errors are
\`{"error": {"code", "message", "hint"}}\`; docs/errors.md lists the codes.`;

/** Describes every route that comes after it as an OpenAPI 3.1 document, with names for what comes again and again, and with who may call what. */
export async function registerOpenApi(server: FastifyInstance, app: Application): Promise<void> {
  const schemaRegistry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemaNames)) schemaRegistry.add(schema, { id });
  const transform = createJsonSchemaTransform({ skipList: [], schemaRegistry: schemaRegistry as never });
  const name = createJsonSchemaTransformObject({ schemaRegistry: schemaRegistry as never });
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Oxbow',
        version: productVersion,
        description: description.replaceAll('\n', ' '),
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: app.config.baseUrl }],
      components: {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic' },
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'oxbow_session' },
        },
      },
      security: [{ basic: [] }, { token: [] }, { session: [] }],
    },
    transform: ((document: Parameters<typeof transform>[0]) => {
      const { schema, url } = transform(document);
      const { method, config } = document.route;
      const access = (config as { access: RouteAccess }).access;
      const told = (schema as { description?: string }).description;
      return {
        url,
        schema: {
          ...schema,
          operationId: operationId(String([method].flat()[0]), url),
          description: [told, accessInWords(access)].filter(Boolean).join('\n\n'),
          ...(access === 'public' ? { security: [] } : {}),
        },
      };
    }) as never,
    transformObject: ((document: Parameters<typeof name>[0]) => tidied(name(document) as unknown as Document)) as never,
  });
}

function accessInWords(access: RouteAccess): string {
  if (access === 'public') return 'Open to everybody.';
  if (access === 'signed-in') return 'For whoever is signed in; each sees and does what is his.';
  const { needs, scope }: ActionRule = actions[access as Action];
  const who = {
    server: 'For administrators of the server.',
    site: 'For system administrators of the site.',
    administer: 'For whoever administers every space that is named.',
    export: 'For whoever may export every space that is named.',
    'signed-in': 'For whoever is signed in; each sees and does what is his.',
  }[needs];
  return `${who} A token needs the scope \`${scope}\`.`;
}

/** getApiJobsById */
function operationId(method: string, url: string): string {
  const words = url.split(/[/.-]/).filter(Boolean);
  const named = words.map((word) => (word.startsWith(':') ? `By${capital(word.slice(1))}` : capital(word)));
  return `${method.toLowerCase()}${named.join('') || 'Root'}`;
}

function capital(word: string): string {
  return `${word[0].toUpperCase()}${word.slice(1)}`;
}

interface Document {
  paths: Record<string, Record<string, { responses?: Record<string, { description?: string }> }>>;
  components: { schemas: Record<string, unknown> };
}

const meanings: Record<string, string> = {
  200: 'Done',
  201: 'Made',
  204: 'Done, without content',
  206: 'The range that was asked for',
  503: 'Something does not work',
  '4XX': 'Refused; the code says why',
  '5XX': 'Failed; the code says why',
};

function explainStatuses({ paths }: Document): void {
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const [status, response] of Object.entries(operation.responses ?? {})) {
      if (response.description === 'Default Response') response.description = meanings[status] ?? `Status ${status}`;
    }
  }
}

/** Each name comes in two forms, for bodies (…Input) and for answers: those that nothing refers to go, and one form alone needs no other name. */
function tidied(document: Document): Document {
  explainStatuses(document);
  const all = document.components.schemas;
  const referred = (text: string) => [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, one]) => one);
  const used = new Set<string>();
  const wanted = referred(JSON.stringify({ ...document, components: {} }));
  for (let one = wanted.pop(); one !== undefined; one = wanted.pop()) {
    if (used.has(one)) continue;
    used.add(one);
    wanted.push(...referred(JSON.stringify(all[one])));
  }
  const plain = (one: string) => (one.endsWith('Input') && !used.has(one.slice(0, -5)) ? one.slice(0, -5) : one);
  const schemas = Object.fromEntries([...used].sort().map((one) => [plain(one), all[one]]));
  const text = JSON.stringify({ ...document, components: { ...document.components, schemas } });
  return JSON.parse(
    text.replace(/"#\/components\/schemas\/([^"]+)"/g, (_, one: string) => `"#/components/schemas/${plain(one)}"`),
  );
}

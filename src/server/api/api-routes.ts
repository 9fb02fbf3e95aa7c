import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import type { Application } from '#app/application.ts';
import { productVersion, registerAboutRoutes } from './about-routes.ts';
import { registerAuthRoutes } from './auth-routes.ts';
import { registerDocs } from './docs-page.ts';
import { registerEventRoutes } from './event-routes.ts';
import { registerJobRoutes } from './job-routes.ts';
import { registerNotificationRoutes } from './notification-routes.ts';
import { registerScheduleRoutes } from './schedule-routes.ts';
import { registerSiteRoutes } from './site-routes.ts';
import { registerSnapshotRoutes } from './snapshot-routes.ts';
import type { TypedServer } from './typed-server.ts';
import { registerUploadRoutes } from './upload-routes.ts';
import { registerVaultRoutes } from './vault-routes.ts';

/** Our own API below /api, its OpenAPI document and a page to read it. The document covers every route of the server. */
export async function registerApi(server: FastifyInstance, app: Application): Promise<void> {
  const typed = server as unknown as TypedServer;
  registerAboutRoutes(typed, app);
  registerAuthRoutes(typed, app);
  registerSiteRoutes(typed, app);
  registerVaultRoutes(typed, app);
  registerSnapshotRoutes(typed, app);
  registerJobRoutes(typed, app);
  registerScheduleRoutes(typed, app);
  registerNotificationRoutes(typed, app);
  registerUploadRoutes(typed, app);
  registerEventRoutes(typed, app);
  registerDocs(server);
}

/** Must come before the routes that it is to describe. */
export async function registerOpenApi(server: FastifyInstance, app: Application): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Oxbow',
        version: productVersion,
        description:
          'Backup, restore and archive for Confluence. Sign in with Basic authentication (an account of Confluence, or of Oxbow), an access token (Bearer), or the session cookie of POST /api/login; what changes something with the cookie needs the header X-Oxbow-XSRF.',
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
    transform: createJsonSchemaTransform({ skipList: [] }) as never,
  });
}

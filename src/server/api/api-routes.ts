import type { FastifyInstance } from 'fastify';
import type { Application } from '#app/application.ts';
import { registerAboutRoutes } from './about-routes.ts';
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

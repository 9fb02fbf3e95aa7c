import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Application } from '#app/application.ts';
import { freeBytes } from '#app/work/disk-watch.ts';
import { errorAnswers } from '../contract/shared-contract.ts';
import type { TypedServer } from './typed-server.ts';

export const productVersion = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as { version: string }
).version;

/** What this server is. */
export function registerAboutRoutes(server: TypedServer, app: Application): void {
  const about = z.object({
    version: z.string(),
    node: z.string(),
    dataFolder: z.string(),
    dataFolderFreeBytes: z.number().nullable(),
    controlDatabase: z.string(),
    parallelJobs: z.number(),
    workerMemory: z.number(),
    keepFilesHours: z.number(),
  });
  server.get(
    '/api/about',
    {
      config: { access: 'see-server' },
      schema: { summary: 'What this server is', tags: ['server'], response: { 200: about, ...errorAnswers } },
    },
    async () => {
      const [{ version }] = await app.control.query<{ version: string }>("SELECT current_setting('server_version') AS version");
      return {
        version: productVersion,
        node: process.version,
        dataFolder: app.data,
        dataFolderFreeBytes: await freeBytes(app.data),
        controlDatabase: `PostgreSQL ${version}, ${app.config.controlDatabaseUrl === null ? 'embedded' : 'external'}`,
        parallelJobs: app.config.parallelJobs,
        workerMemory: app.config.workerMemory,
        keepFilesHours: app.config.keepFilesHours,
      };
    },
  );
}

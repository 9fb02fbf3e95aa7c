import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Application } from '#app/application.ts';
import { sizeOfDataFolder } from '#app/data-folder.ts';
import { listSites } from '#app/sites/registered-sites.ts';
import { listVaults } from '#app/vaults/registered-vaults.ts';
import { freeBytes } from '#app/work/disk-watch.ts';
import { errorAnswers } from '../contract/shared-contract.ts';
import type { TypedServer } from './typed-server.ts';

export const productVersion = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as { version: string }
).version;

const sizeMs = 60_000;

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
    /** Of disk; looked up once a minute at most. */
    dataFolderBytes: z.number(),
    controlDatabaseBytes: z.number(),
    counts: z.object({ sites: z.number(), vaults: z.number(), snapshots: z.number(), jobs: z.number() }),
  });
  let size: { bytes: Promise<number>; at: number } | null = null;
  server.get(
    '/api/about',
    {
      config: { access: 'see-server' },
      schema: { summary: 'What this server is', tags: ['server'], response: { 200: about, ...errorAnswers } },
    },
    async () => {
      const [database] = await app.control.query<{ version: string; bytes: string; jobs: string; snapshots: string }>(
        `SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes,
           (SELECT count(*) FROM jobs) AS jobs, (SELECT count(*) FROM snapshots) AS snapshots`,
      );
      const now = app.now().getTime();
      if (size === null || now - size.at > sizeMs) size = { bytes: sizeOfDataFolder(app), at: now };
      return {
        version: productVersion,
        node: process.version,
        dataFolder: app.data,
        dataFolderFreeBytes: await freeBytes(app.data),
        controlDatabase: `PostgreSQL ${database.version}, ${app.config.controlDatabaseUrl === null ? 'embedded' : 'external'}`,
        parallelJobs: app.config.parallelJobs,
        workerMemory: app.config.workerMemory,
        keepFilesHours: app.config.keepFilesHours,
        dataFolderBytes: await size.bytes,
        controlDatabaseBytes: Number(database.bytes),
        counts: {
          sites: (await listSites(app)).length,
          vaults: (await listVaults(app)).length,
          snapshots: Number(database.snapshots),
          jobs: Number(database.jobs),
        },
      };
    },
  );
}

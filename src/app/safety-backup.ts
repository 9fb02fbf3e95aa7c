import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunContext } from '#base/run-context.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { restoreId } from '#flows/restore/restore-outcome.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { sizeOf } from './file-size.ts';

/** Writes an XML backup of spaces that are about to be replaced into the restore folder of the site; gives its path. */
export async function writeSafetyBackup(site: LiveSite, spaceKeys: string[], context: RunContext): Promise<string> {
  const folder = join(site.home, 'restore', 'space');
  await mkdir(folder, { recursive: true });
  const keys = spaceKeys
    .join('-')
    .replace(/[^\w~-]/g, '_')
    .slice(0, 80);
  const path = join(folder, `before-replace-${keys}-${restoreId(context.now())}.zip`);
  return (await exportBackup(site, path, { spaceKeys }, context, sizeOf)).path;
}

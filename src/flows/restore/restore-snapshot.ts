import { OxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { openReader } from '#vault/read-session.ts';
import { type Snapshot, shortId } from '#vault/snapshots/snapshot.ts';
import type { Vault } from '#vault/vault.ts';
import { type RestoreOptions, restoreFrom } from './restore-backup.ts';
import type { RestoreReport } from './restore-report.ts';
import { isWholeSite, restoreWhole, type WholeRestoreOptions, type WholeRestoreReport } from './restore-whole.ts';
import { openSnapshotSource } from './snapshot-source.ts';

export interface SnapshotRestoreOptions extends RestoreOptions, WholeRestoreOptions {}

/**
 * Restores a snapshot into a live site. A snapshot of a whole live site replaces the site, raw and complete; its spaces, and snapshots of spaces
 * and of XML backups, are restored as an XML backup is: same rules, plan and report. All or nothing either way.
 */
export async function restoreSnapshot(
  vault: Vault,
  snapshot: Snapshot,
  site: LiveSite,
  options: SnapshotRestoreOptions,
  context: RunContext,
): Promise<RestoreReport | WholeRestoreReport> {
  const source = await openReader(vault);
  const isWhole = isWholeSite(snapshot) && !options.spaceKeys?.length;
  if (isWhole) {
    if (options.asKey || options.replace) {
      throw new OxbowError(
        'BACKUP_WRONG_KIND',
        `The snapshot ${shortId(snapshot.id)} is of a whole site: --as and --replace are for spaces.`,
        {
          hint: 'Name the space to take out of it with --space KEY, or restore the whole site without these options.',
        },
      );
    }
    return await restoreWhole(source, snapshot, site, options, context);
  }
  if (options.stagingCopy) {
    throw new OxbowError('COPY_NEEDS_SITE', '--copy makes a copy of a whole site: it does not go with spaces or XML backups.', {
      hint: 'Choose a snapshot of a whole live site, and leave --space away.',
    });
  }
  return await restoreFrom((inner) => openSnapshotSource(source, snapshot, options, inner), site, options, context);
}

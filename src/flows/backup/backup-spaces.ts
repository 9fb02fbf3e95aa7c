import type { RunContext } from '#base/run-context.ts';
import { tableModel } from '#model/table-model.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { LiveSiteReader } from '#sites/live/reader/live-site-reader.ts';
import type { Vault } from '#vault/vault.ts';
import { tablesInOrder } from '../copy-site.ts';
import type { BackupReport } from './backup-report.ts';
import { snapshotOfReader } from './snapshot-of-reader.ts';
import { attachmentsOf } from './store-reader.ts';

/**
 * Backs some spaces of a live site up into a vault: their rows and attachments as of one moment. What the vault has of them already, from a
 * backup of the whole site or of the same spaces, is not stored again where whole ranges of rows are the same. Errors: SPACE_NOT_FOUND.
 */
export async function backupSpaces(
  site: LiveSite,
  vault: Vault,
  options: { spaceKeys: string[]; tags?: string[] },
  context: RunContext,
): Promise<BackupReport> {
  const open = async (inner: RunContext) => {
    const reader = await LiveSiteReader.open(site, { spaceKeys: options.spaceKeys }, inner);
    const time = inner.now();
    const whole = await reader.describe();
    const description = { ...whole, tables: whole.tables.filter((table) => tableModel(table.name) !== undefined) };
    const tables = tablesInOrder(description).map((name) => ({
      table: description.tables.find((candidate) => candidate.name === name)!,
      rows: () => reader.rows(name),
    }));
    const purpose = `backup of spaces of ${site.name}`;
    const reason = 'spaces are read whole';
    return {
      source: { siteName: site.name, purpose, time, description, tables, files: attachmentsOf(reader), reason },
      close: () => reader.close(),
    };
  };
  return await snapshotOfReader(open, vault, options.tags ?? [], context);
}

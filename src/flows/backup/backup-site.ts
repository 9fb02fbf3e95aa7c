import { isOxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import { collectWarnings } from '#base/warnings.ts';
import type { SiteDescription } from '#model/site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { writeDocument } from '#vault/snapshots/documents.ts';
import type { Vault } from '#vault/vault.ts';
import { openWriteSession } from '#vault/write-session.ts';
import type { BackupReport } from './backup-report.ts';
import { findParent } from './find-parent.ts';
import { type StoreSiteOptions, storeSite } from './store-site.ts';

export interface BackupOptions extends StoreSiteOptions {
  tags?: string[];
}

const attempts = 3;

/**
 * Backs a whole live site up into a vault: database, home directory and install directory as of one moment, while the site stays in use.
 * Nothing is visible before all of it is durable.
 */
export async function backupSite(
  site: LiveSite,
  vault: Vault,
  options: BackupOptions,
  context: RunContext,
): Promise<BackupReport> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await backupOnce(site, vault, options, context);
    } catch (error) {
      const again = isOxbowError(error, 'PRUNED_MEANWHILE') && attempt < attempts;
      if (!again) throw error;
    }
  }
}

async function backupOnce(site: LiveSite, vault: Vault, options: BackupOptions, context: RunContext): Promise<BackupReport> {
  const started = context.now();
  const { context: inner, warnings } = collectWarnings(context);
  const session = await openWriteSession(vault, `backup of ${site.name}`, inner);
  try {
    const parent = await findParent(session, site.name, inner);
    const stored = await storeSite(session, site, parent, options, inner);
    const { description, contents, files } = stored;
    contents.documents.warnings = writeDocument(session.writer, json(warnings.groups()));
    const snapshot = await session.commit(
      contents,
      {
        time: stored.time.toISOString(),
        tags: options.tags ?? [],
        parent: parent?.id ?? null,
        summary: {
          ...summarize(site, description),
          files: files.files,
          fileBytes: files.bytes,
          warnings: warnings.groups().map(({ code, count }) => ({ code, count })),
        },
      },
      started,
    );
    return {
      snapshot,
      site: site.name,
      vault: vault.store.location,
      tables: contents.tables.length,
      rowsRead: stored.rowsRead,
      filesRead: files.filesRead,
      fullReason: stored.fullReason,
      warnings: warnings.groups(),
      seconds: (inner.now().getTime() - started.getTime()) / 1000,
    };
  } catch (error) {
    await session.abandon();
    throw error;
  }
}

/** What a list of snapshots says of one. */
export function summarize(site: { name: string }, description: SiteDescription): Record<string, unknown> {
  return {
    site: site.name,
    kind: description.kind,
    scope: description.scope,
    spaces: description.spaces.length,
    spaceKeys: description.spaces.slice(0, 50).map((space) => space.key),
    productVersion: description.productVersion,
    buildNumber: description.buildNumber,
  };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

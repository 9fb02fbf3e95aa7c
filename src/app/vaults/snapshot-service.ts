import {
  type BrowseChoice,
  type BrowsedAttachment,
  type BrowsedPage,
  browseSnapshot,
  findAttachment,
} from '#flows/inspect/browse-snapshot.ts';
import { type ShownSnapshot, showPage, showSnapshot } from '#flows/inspect/show-snapshot.ts';
import { forgetSnapshots, markSnapshot } from '#vault/maintenance/forget.ts';
import { openReader } from '#vault/read-session.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import type { Application } from '../application.ts';
import { openRegisteredVault, withRegisteredVault } from './registered-vaults.ts';
import { syncSnapshots } from './sync-snapshots.ts';

export interface MarkChange {
  addTags?: string[] | undefined;
  removeTags?: string[] | undefined;
  protected?: boolean | undefined;
}

export async function showKnown(app: Application, vaultName: string, id: string): Promise<ShownSnapshot> {
  return await withRegisteredVault(app, vaultName, async (vault) =>
    showSnapshot(await openReader(vault), await findSnapshot(vault, id)),
  );
}

/** One page with its bodies. Errors: CONTENT_NOT_FOUND. */
export async function pageOf(app: Application, vaultName: string, id: string, page: string) {
  return await withRegisteredVault(app, vaultName, async (vault) => {
    const shown = await showPage(await openReader(vault), await findSnapshot(vault, id), page);
    return { id: page, title: shown.title ?? null, type: shown.type ?? null, space: shown.space, bodies: shown.bodies };
  });
}

/** Pages or attachments of a space. */
export async function browseKnown(app: Application, vaultName: string, id: string, choice: BrowseChoice): Promise<BrowsedPage> {
  return await withRegisteredVault(app, vaultName, async (vault) =>
    browseSnapshot(await openReader(vault), await findSnapshot(vault, id), choice),
  );
}

/** An attachment; the vault stays open until the stream of `open` has ended, or `close` is called. Errors: CONTENT_NOT_FOUND. */
export async function attachmentOf(
  app: Application,
  vaultName: string,
  id: string,
  attachment: string,
  version?: string,
): Promise<BrowsedAttachment & { close: () => Promise<void> }> {
  const vault = await openRegisteredVault(app, vaultName);
  const close = () => vault.store.close();
  try {
    const found = await findAttachment(await openReader(vault), await findSnapshot(vault, id), attachment, version);
    const open = async () => {
      try {
        return (await found.open()).once('close', () => void close().catch(() => {}));
      } catch (error) {
        await close();
        throw error;
      }
    };
    return { ...found, open, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Changes tags and protection, and what the server knows of them. */
export async function markKnown(app: Application, vaultName: string, id: string, change: MarkChange): Promise<void> {
  await withRegisteredVault(app, vaultName, async (vault) => {
    await markSnapshot(vault, await findSnapshot(vault, id), (marks) => ({
      ...marks,
      tags: [...new Set([...marks.tags.filter((tag) => !change.removeTags?.includes(tag)), ...(change.addTags ?? [])])],
      protected: change.protected ?? marks.protected,
    }));
    await syncSnapshots(app, vaultName, vault);
  });
}

/** Errors: SNAPSHOT_PROTECTED, VAULT_LOCKED. */
export async function forgetKnown(app: Application, vaultName: string, id: string): Promise<void> {
  await withRegisteredVault(app, vaultName, async (vault) => {
    await forgetSnapshots(vault, [await findSnapshot(vault, id)]);
    await syncSnapshots(app, vaultName, vault);
  });
}

import { OxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { siteRoots } from '#sites/live/whole/site-roots.ts';
import { openReader } from '#vault/read-session.ts';
import { openScratchSession } from '#vault/scratch-session.ts';
import { readContents } from '#vault/snapshots/list-snapshots.ts';
import { type Snapshot, shortId } from '#vault/snapshots/snapshot.ts';
import type { Vault } from '#vault/vault.ts';
import { readParent } from '../backup/find-parent.ts';
import { storeSite } from '../backup/store-site.ts';
import { isWholeSite } from '../restore/restore-whole.ts';
import { compareContents } from './compare-contents.ts';
import type { CompareReport } from './compare-report.ts';

/** What changed from one snapshot to another, reading only what differs. */
export async function compareSnapshots(
  vault: Vault,
  before: Snapshot,
  after: Snapshot,
  context: RunContext,
): Promise<CompareReport> {
  const started = context.now().getTime();
  const source = await openReader(vault);
  const side = async (snapshot: Snapshot) => ({
    name: `snapshot ${shortId(snapshot.id)}`,
    source,
    contents: await readContents(source, snapshot),
  });
  const report = await compareContents(await side(before), await side(after), context);
  return { ...report, seconds: (context.now().getTime() - started) / 1000 };
}

/**
 * What changed in a live site since a snapshot of it. The site is read as by a backup, only what changed where that can be told; nothing is stored
 * but what is new, in a work folder, encrypted, until the end. Error: COMPARE_NEEDS_SITE.
 */
export async function compareWithSite(
  vault: Vault,
  snapshot: Snapshot,
  site: LiveSite,
  context: RunContext,
): Promise<CompareReport> {
  if (!isWholeSite(snapshot)) {
    throw new OxbowError('COMPARE_NEEDS_SITE', `The snapshot ${shortId(snapshot.id)} is not of a whole live site.`, {
      hint: 'Compare it with another snapshot, or choose one that oxbow backup made of a whole site.',
    });
  }
  const started = context.now().getTime();
  const session = await openScratchSession(vault, context.workFolder);
  try {
    const parent = await readParent(session, snapshot);
    const stored = await storeSite(session, site, parent, {}, context);
    await session.writer.flush();
    const before = { name: `snapshot ${shortId(snapshot.id)}`, source: session.reader, contents: parent.contents };
    const after = { name: site.name, source: session.reader, contents: stored.contents };
    // A root that is not named now says nothing about what the snapshot has of it.
    const roots = siteRoots(site, { installFiles: 'changed' }).map((root) => `${root.name}/`);
    const isWanted = (path: string) => roots.some((root) => path.startsWith(root));
    const report = await compareContents(before, after, context, { files: isWanted });
    return { ...report, seconds: (context.now().getTime() - started) / 1000 };
  } finally {
    await session.close();
  }
}

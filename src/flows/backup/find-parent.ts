import type { RunContext } from '#base/run-context.ts';
import type { SourceIdentity } from '#sites/live/whole/whole-site-reader.ts';
import type { TreeSession } from '#vault/scratch-session.ts';
import { readDocument } from '#vault/snapshots/documents.ts';
import { listSnapshots, readContents } from '#vault/snapshots/list-snapshots.ts';
import type { Snapshot, SnapshotContents } from '#vault/snapshots/snapshot.ts';
import type { WriteSession } from '#vault/write-session.ts';
import { type SourceState, whyUseless } from './source-state.ts';

/** The newest snapshot of the same site, to tell what did not change since. */
export interface Parent {
  id: string;
  contents: SnapshotContents;
  /** Null: nothing can be told of rows; files can still be compared. */
  state: SourceState | null;
  fingerprints: Buffer;
}

/** Null when the vault has no snapshot of this site that can be read. */
export async function findParent(session: WriteSession, siteName: string, context: RunContext): Promise<Parent | null> {
  const { snapshots } = await listSnapshots(session.vault);
  for (const snapshot of snapshots.toReversed()) {
    const { summary } = snapshot;
    if (summary.kind !== 'live' || summary.scope !== 'site' || summary.site !== siteName) continue;
    try {
      return await readParent(session, snapshot);
    } catch (error) {
      // A snapshot that is damaged is no reason not to make a good one: an older one serves, or all is read.
      context.warn({
        code: 'PARENT_UNREADABLE',
        message: `an older snapshot cannot be read, so it does not save any work: ${(error as Error).message}`,
        object: `Snapshot ${snapshot.id.slice(0, 10)}`,
      });
    }
  }
  return null;
}

/** What a snapshot can save a backup of the same site. */
export async function readParent({ reader }: Pick<TreeSession, 'reader'>, snapshot: Snapshot): Promise<Parent> {
  const contents = await readContents(reader, snapshot);
  const { state, fingerprints } = contents.documents;
  return {
    id: snapshot.id,
    contents,
    state: state ? (JSON.parse((await readDocument(reader, state)).toString('utf8')) as SourceState) : null,
    fingerprints: fingerprints ? await readDocument(reader, fingerprints) : Buffer.alloc(0),
  };
}

/** The state of the parent, if its fingerprints mean anything for the source as it is now. */
export function usableState(
  parent: Parent | null,
  identity: SourceIdentity,
  context: Pick<RunContext, 'warn'>,
): { state: SourceState | null; reason: string | null } {
  if (!parent?.state)
    return { state: null, reason: parent ? 'the last snapshot holds no fingerprints' : 'this is the first backup of the site' };
  const reason = whyUseless(parent.state.identity, identity);
  if (reason === null) return { state: parent.state, reason: null };
  context.warn({ code: 'FULL_READ', message: `every row is read, because ${reason}` });
  return { state: null, reason };
}

import type { RunContext } from '#base/run-context.ts';
import { SnapshotSiteReader } from '#sites/snapshot/snapshot-site-reader.ts';
import type { XmlFacts } from '#sites/xml/reader/xml-facts.ts';
import type { ChunkReader } from '#vault/chunks/chunk-reader.ts';
import { type Snapshot, shortId } from '#vault/snapshots/snapshot.ts';
import type { RestoreSource, UnknownObject } from './restore-source.ts';

/** What an import keeps of the facts of an XML backup. */
interface StoredFacts extends Omit<XmlFacts, 'descriptor'> {
  descriptor: { exportType: string | null; createdByBuildNumber: number | null } | null;
  classes: Record<string, { count: number; known: boolean }>;
  unmappedProperties: Record<string, number>;
}

/** A snapshot, or some spaces of it, as what is restored in the terms of the model. Errors: SPACE_NOT_FOUND. */
export async function openSnapshotSource(
  source: ChunkReader,
  snapshot: Snapshot,
  options: { spaceKeys?: string[] | undefined },
  context: RunContext,
): Promise<RestoreSource> {
  const reader = await SnapshotSiteReader.open(source, snapshot, { spaceKeys: options.spaceKeys ?? [] }, context);
  const description = await reader.describe();
  const stored = await reader.document<StoredFacts>('facts');
  const { productVersion, buildNumber, compatibleBuildNumber } = description;
  const facts = {
    kind: (snapshot.summary.scope === 'space' ? 'space' : 'site') as 'site' | 'space',
    kindFrom: 'descriptor' as const,
    container: 'vault' as const,
    source: description.source,
    createdByVersion: productVersion,
    createdByBuild: buildNumber,
    compatibleBuild: stored ? compatibleBuildNumber : null,
    descriptor: stored?.descriptor ?? null,
    spaceKeys: stored && !options.spaceKeys?.length ? stored.spaceKeys : [],
  };
  return {
    reader,
    facts,
    backup: {
      path: `snapshot ${shortId(snapshot.id)}`,
      kind: facts.kind,
      dialect: stored?.dialect ?? null,
      source: facts.source,
      date: stored?.date ?? snapshot.time,
      createdByBuild: facts.createdByBuild,
      createdByVersion: facts.createdByVersion,
    },
    classes: new Map(Object.entries(stored?.classes ?? {})),
    unmappedProperties: new Map(Object.entries(stored?.unmappedProperties ?? {})),
    unknownObjects: () => reader.kept<UnknownObject>('oxbow:objects'),
  };
}

import type { RunContext } from '#base/run-context.ts';
import { collectWarnings } from '#base/warnings.ts';
import { openFile } from '#sites/snapshot/snapshot-attachments.ts';
import { SnapshotSiteReader } from '#sites/snapshot/snapshot-site-reader.ts';
import type { KeptProperties } from '#sites/xml/reader/kept-objects.ts';
import type { XmlObject } from '#sites/xml/scan/xml-object.ts';
import { assertWritableName } from '#sites/xml/writer/xml-site-writer.ts';
import type { ChunkReader } from '#vault/chunks/chunk-reader.ts';
import { openReader } from '#vault/read-session.ts';
import type { ListedSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { shortId } from '#vault/snapshots/snapshot.ts';
import { filesBelow } from '#vault/snapshots/snapshot-files.ts';
import type { Vault } from '#vault/vault.ts';
import { exportReader } from './export-reader.ts';
import type { ExportOptions, ExportReport } from './export-report.ts';

/** Writes the XML backup of a snapshot, or of some of its spaces. The site that it is of is not touched. */
export async function exportSnapshot(
  vault: Vault,
  snapshot: ListedSnapshot,
  path: string,
  options: ExportOptions,
  context: RunContext,
  sizeOf: (path: string) => Promise<number>,
): Promise<ExportReport> {
  const started = context.now().getTime();
  assertWritableName(path);
  const { context: inner, warnings } = collectWarnings(context);
  const source = await openReader(vault);
  const reader = await SnapshotSiteReader.open(
    source,
    snapshot,
    { spaceKeys: options.spaceKeys ?? [], history: options.history ?? true, trash: options.trash ?? true },
    inner,
  );
  // What the model does not know of an imported backup cannot be told apart by spaces: it goes out with all of it.
  const isWhole = !options.spaceKeys?.length;
  const extras = isWhole
    ? {
        kept: {
          objects: reader.kept<XmlObject>('oxbow:objects'),
          properties: reader.kept<KeptProperties>('oxbow:properties'),
        },
        entries: otherEntries(source, reader),
      }
    : {};
  const name = `${snapshot.summary.site} (snapshot ${shortId(snapshot.id)})`;
  return await exportReader(reader, name, path, options, extras, { context: inner, warnings, started, sizeOf });
}

/** Files of an imported backup that Oxbow does not know. Its descriptor is written anew. */
async function* otherEntries(source: ChunkReader, reader: SnapshotSiteReader) {
  for await (const entry of filesBelow(source, reader.contents.files, 'backup/')) {
    const name = entry.path.slice('backup/'.length);
    if (name !== 'exportDescriptor.properties') yield { name, open: () => openFile(source, entry) };
  }
}

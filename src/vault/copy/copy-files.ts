import { mapOrdered } from '#base/map-ordered.ts';
import { throwIfCancelled } from '#base/run-context.ts';
import { type ChunkId, digestOf } from '../chunks/chunk-id.ts';
import { type FileEntry, fileKey, fileLine, partsOf } from '../files/file-line.ts';
import { keepParts, writeFileParts } from '../files/file-writer.ts';
import { snapshotFiles } from '../snapshots/snapshot-files.ts';
import { compareRowKeys, escapeField, keyEnd } from '../tree/row-key.ts';
import type { TreeRoot } from '../tree/tree-node.ts';
import { TreeWriter } from '../tree/tree-writer.ts';
import { ahead, type Copy } from './copy-target.ts';

/** Copies the files of a snapshot and their list. Memory: the parts of a few files. */
export async function copyFiles(copy: Copy, files: TreeRoot): Promise<TreeRoot> {
  const tree = new TreeWriter(copy.writer, copy.seed);
  let last: Buffer | null = null;
  const weigh = ({ file, twin }: FileAndTwin) => (twin ? 0 : Math.min(file.size, ahead.limit));
  for await (const line of mapOrdered(withTwins(copy, files), { ...ahead, weigh }, (one) => copyFile(copy, one))) {
    throwIfCancelled(copy.context);
    tree.addRow(line, 0, line.length, keyEnd(line, 0, line.length, 1));
    last = line;
    await tree.ready();
  }
  if (last) tree.noteLast(last, 0, keyEnd(last, 0, last.length, 1));
  return tree.finish();
}

interface FileAndTwin {
  file: FileEntry;
  /** The copy of the same bytes, where the base has it. */
  twin: Pick<FileEntry, 'parts' | 'list'> | null;
}

async function* withTwins(copy: Copy, files: TreeRoot): AsyncGenerator<FileAndTwin> {
  const known = copy.base ? filePairs(copy) : null;
  let pair = (await known?.next())?.value ?? null;
  for await (const file of snapshotFiles(copy.source, files)) {
    while (pair && comparePaths(pair.from.path, file.path) < 0) pair = (await known!.next()).value ?? null;
    const isSame = pair?.from.path === file.path && contentOf(pair.from) === contentOf(file) && file.kind === 'file';
    const isHeld = isSame && (await partsToRely(copy, pair!.to)).every((id) => copy.writer.holds(digestOf(id)));
    yield { file, twin: isHeld ? { parts: pair!.to.parts, list: pair!.to.list } : null };
  }
}

/** The files of the base and their copies, which stand in one order. Ends where they do not go together. */
async function* filePairs({ source, base }: Copy): AsyncGenerator<{ from: FileEntry; to: FileEntry }> {
  const { from, to, target } = base!;
  const copies = snapshotFiles(target, to.files);
  for await (const file of snapshotFiles(source, from.files)) {
    const twin = (await copies.next()).value as FileEntry | undefined;
    if (twin?.path !== file.path || twin.size !== file.size) return;
    yield { from: file, to: twin };
  }
}

/** All chunks that a file hangs on. */
async function partsToRely({ base }: Copy, file: FileEntry): Promise<ChunkId[]> {
  const parts = await partsOf(file, (id) => base!.target.read(id));
  return file.list ? [file.list, ...parts] : parts;
}

async function copyFile(copy: Copy, { file, twin }: FileAndTwin): Promise<Buffer> {
  if (file.kind !== 'file') return fileLine(file);
  const { parts, list } = twin ?? (await copyParts(copy, file));
  return fileLine({ ...file, parts, list });
}

async function copyParts(copy: Copy, file: FileEntry): Promise<Pick<FileEntry, 'parts' | 'list'>> {
  const { source, writer, gear } = copy;
  const data = source.readMany(await partsOf(file, (id) => source.read(id)));
  if (!copy.sameCut) return await writeFileParts(writer, gear, data);
  const parts: ChunkId[] = [];
  for await (const part of data) {
    parts.push(writer.put('file', part));
    await writer.ready();
  }
  return keepParts(writer, parts);
}

function contentOf(file: FileEntry): string {
  return file.list ? `@${file.list}` : file.parts.join('');
}

function comparePaths(a: string, b: string): number {
  return compareRowKeys(fileKey, Buffer.from(escapeField(a)), Buffer.from(escapeField(b)));
}

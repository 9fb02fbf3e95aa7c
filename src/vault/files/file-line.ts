import { OxbowError } from '#base/errors.ts';
import type { ChunkId } from '../chunks/chunk-id.ts';
import { escapeField, type KeyKind, unescapeField } from '../tree/row-key.ts';

/** A file, folder or link of a snapshot. */
export interface FileEntry {
  /** '/'-separated, relative ("home/attachments/v4/..."). */
  path: string;
  kind: 'file' | 'folder' | 'link';
  /** In bytes, 0 unless a file. */
  size: number;
  /** Nanoseconds since 1970, decimal. */
  mtime: string;
  /** Permission bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Of a link. */
  target?: string;
  /** Parts of a file in their order. */
  parts: ChunkId[];
  /** The chunk that lists the parts, where they are too many for the line. */
  list?: ChunkId;
}

/** The list of files of a snapshot is a tree like that of a table; its key is the path. */
export const fileKey: KeyKind[] = ['text'];

/** More parts than these stand in a chunk of their own. */
export const partsInLine = 32;
const letters = { file: 'f', folder: 'd', link: 'l' } as const;
const idLength = 43;

/**
 * One line of COPY text: path, kind (f, d, l), size, time, mode (octal), owner, group, content. Content is the ids of the parts without
 * separators, or "@" and the id of the chunk that lists them (32 bytes each), or the target of a link.
 */
export function fileLine(entry: FileEntry): Buffer {
  const content = entry.kind === 'link' ? escapeField(entry.target ?? '') : entry.list ? `@${entry.list}` : entry.parts.join('');
  return Buffer.from(`${lineHead(entry)}${content}\n`);
}

/** The line up to its content: all that is known of a file without its bytes. */
export function lineHead({ path, kind, size, mtime, mode, uid, gid }: Omit<FileEntry, 'parts' | 'list' | 'target'>): string {
  return `${escapeField(path)}\t${letters[kind]}\t${size}\t${mtime}\t${mode.toString(8)}\t${uid}\t${gid}\t`;
}

/** Throws OBJECT_DAMAGED. */
export function parseFileLine(line: Buffer): FileEntry {
  const fields = line.toString('latin1').replace(/\n$/, '').split('\t');
  const text = (field: string) => unescapeField(Buffer.from(field, 'latin1')).toString('utf8');
  const kind = (Object.keys(letters) as FileEntry['kind'][]).find((name) => letters[name] === fields[1]);
  if (fields.length !== 8 || !kind || !/^\d+$/.test(fields[2])) throw damaged();
  const content = fields[7];
  const entry: FileEntry = {
    path: text(fields[0]),
    kind,
    size: Number(fields[2]),
    mtime: fields[3],
    mode: Number.parseInt(fields[4], 8),
    uid: Number(fields[5]),
    gid: Number(fields[6]),
    parts: [],
  };
  if (kind === 'link') entry.target = text(content);
  else if (content.startsWith('@')) entry.list = content.slice(1);
  else {
    if (content.length % idLength !== 0) throw damaged();
    for (let at = 0; at < content.length; at += idLength) entry.parts.push(content.slice(at, at + idLength));
  }
  return entry;
}

/** The parts of a file, wherever they stand. */
export async function partsOf(entry: FileEntry, read: (id: ChunkId) => Promise<Buffer>): Promise<ChunkId[]> {
  if (!entry.list) return entry.parts;
  const list = await read(entry.list);
  return Array.from({ length: Math.floor(list.length / 32) }, (_, i) => list.toString('base64url', i * 32, i * 32 + 32));
}

function damaged(): OxbowError {
  return new OxbowError('OBJECT_DAMAGED', 'A line of the list of files of a snapshot is damaged.', {
    hint: 'Run oxbow check, then oxbow repair.',
  });
}

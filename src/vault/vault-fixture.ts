import { createCipheriv, createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunContext, Warning } from '#base/run-context.ts';
import { type FileEntry, fileKey, fileLine, parseFileLine, partsOf } from './files/file-line.ts';
import { writeFileParts } from './files/file-writer.ts';
import type { Holder } from './leases/lease.ts';
import { openReader } from './read-session.ts';
import { readContents, readSnapshot } from './snapshots/list-snapshots.ts';
import type { Snapshot, SnapshotTable } from './snapshots/snapshot.ts';
import { MemoryStore } from './store/memory-store.ts';
import type { Store } from './store/store.ts';
import { type KeyKind, keyEnd, lineEnd } from './tree/row-key.ts';
import type { TreeRoot } from './tree/tree-node.ts';
import { treeRows } from './tree/tree-reader.ts';
import { type TreeSink, TreeWriter } from './tree/tree-writer.ts';
import { initVault, type Vault } from './vault.ts';
import { openWriteSession, type WriteSession } from './write-session.ts';

// What tests of the vault share.

export const passphrase = 'correct horse battery';
export const holder: Holder = { host: 'here', pid: 1, isAlive: () => true };

/** A context whose clock goes on by a second at each look. */
export async function testContext(): Promise<RunContext & { warnings: Warning[]; remove(): Promise<void> }> {
  const workFolder = await mkdtemp(join(tmpdir(), 'oxbow-vault-test-'));
  const warnings: Warning[] = [];
  let time = Date.parse('2026-01-01T00:00:00Z');
  return {
    signal: new AbortController().signal,
    now: () => {
      time += 1000;
      return new Date(time);
    },
    workFolder,
    warn: (warning) => warnings.push(warning),
    progress: () => {},
    warnings,
    remove: () => rm(workFolder, { recursive: true, force: true }),
  };
}

export async function testVault(store: Store = new MemoryStore()): Promise<Vault> {
  return await initVault(store, passphrase, { label: 'test', now: new Date('2026-01-01T00:00:00Z'), holder });
}

export async function writeTree(sink: TreeSink, seed: number, rows: Buffer, kinds: KeyKind[]): Promise<TreeRoot> {
  const tree = new TreeWriter(sink, seed);
  for (let at = 0, end = 0; at < rows.length; at = end) {
    end = lineEnd(rows, at);
    const key = keyEnd(rows, at, end, kinds.length);
    tree.addRow(rows, at, end, key);
    tree.noteLast(rows, at, key);
    await tree.ready();
  }
  return tree.finish();
}

/** Text that does not compress to nothing, the same for the same number. */
export function text(seed: number, length = 300): string {
  let state = (seed + 1) * 2654435761;
  let out = '';
  while (out.length < length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out += state.toString(36);
  }
  return out.slice(0, length);
}

/** Bytes that do not compress, the same for the same number. */
export function bytes(seed: number, length: number): Buffer {
  const key = createHash('sha256').update(String(seed)).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** A table of so many rows, of which the first `edited` have another text, and some files. */
export function content(rows: number, edited = 0, fileBytes = 3_000_000): TestContent {
  return {
    tables: { content: Array.from({ length: rows }, (_, i) => [i * 7, text(i < edited ? i + 1e6 : i)]), empty: [] },
    files: { 'home/a.bin': bytes(1, fileBytes), 'home/b.txt': bytes(2, 100), 'home/c': Buffer.alloc(0) },
  };
}

export interface TestContent {
  /** Rows by table: id and text, in ascending order of id. */
  tables: Record<string, [number, string][]>;
  files: Record<string, Buffer>;
}

/** Adds a snapshot of tables with a number as key, and of files. */
export async function writeSnapshot(
  vault: Vault,
  content: TestContent,
  context: RunContext,
  tags: string[] = [],
): Promise<Snapshot> {
  const session = await openWriteSession(vault, 'test', context);
  try {
    const started = context.now();
    const tables: SnapshotTable[] = [];
    for (const [name, rows] of Object.entries(content.tables)) {
      const lines = Buffer.from(rows.map(([id, text]) => `${id}\t${text}\n`).join(''));
      const columns = ['id', 'text'].map((column) => ({ name: column, type: column === 'id' ? 'bigint' : 'text' }));
      tables.push({ name, columns, key: ['number'], tree: await writeTree(session.writer, session.seed, lines, ['number']) });
    }
    const files = await writeFiles(session, content.files);
    return await session.commit(
      { version: 1, tables, files, documents: {} },
      { time: started.toISOString(), tags, summary: { site: 'test' }, parent: null },
      started,
    );
  } catch (error) {
    await session.abandon();
    throw error;
  }
}

/** What a snapshot holds, each table and file as a hash: comparing megabytes element by element is what makes a test slow. */
export type Digests = Record<string, string>;

export function digestsOf({ tables, files }: TestContent): Digests {
  const found: Digests = {};
  for (const [name, rows] of Object.entries(tables))
    found[`table ${name}`] = hash([Buffer.from(rows.map(([id, text]) => `${id}\t${text}\n`).join(''))]);
  for (const [path, data] of Object.entries(files)) found[path] = hash([data]);
  return found;
}

/** Reads all of a snapshot. */
export async function readBack(vault: Vault, id: string): Promise<Digests> {
  const reader = await openReader(vault);
  const contents = await readContents(reader, await readSnapshot(vault, id));
  const found: Digests = {};
  for (const table of contents.tables) {
    const rows: Buffer[] = [];
    for await (const part of treeRows(reader, table.tree)) rows.push(part);
    found[`table ${table.name}`] = hash(rows);
  }
  for await (const rows of treeRows(reader, contents.files)) {
    for (let at = 0, end = 0; at < rows.length; at = end) {
      end = lineEnd(rows, at);
      const file = parseFileLine(rows.subarray(at, end));
      const parts: Buffer[] = [];
      for await (const part of reader.readMany(await partsOf(file, (part) => reader.read(part)))) parts.push(part);
      found[file.path] = hash(parts);
    }
  }
  return found;
}

function hash(parts: Buffer[]): string {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
}

/** The same vault on a copy of its store. */
export function cloneVault(vault: Vault): Vault & { store: MemoryStore } {
  const store = new MemoryStore();
  for (const [key, data] of (vault.store as MemoryStore).objects) store.objects.set(key, data);
  return { ...vault, store };
}

async function writeFiles(session: WriteSession, files: Record<string, Buffer>): Promise<TreeRoot> {
  const lines: Buffer[] = [];
  for (const path of Object.keys(files).sort()) {
    async function* bytes() {
      yield files[path];
    }
    const written = await writeFileParts(session.writer, session.gear, bytes());
    const entry: FileEntry = { path, kind: 'file', mtime: '0', mode: 0o644, uid: 0, gid: 0, ...written };
    lines.push(fileLine(entry));
  }
  return await writeTree(session.writer, session.seed, Buffer.concat(lines), fileKey);
}

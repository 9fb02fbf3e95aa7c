import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunContext, Warning } from '#base/run-context.ts';
import { type FileEntry, fileKey, fileLine } from './files/file-line.ts';
import { writeFileParts } from './files/file-writer.ts';
import type { Holder } from './leases/lease.ts';
import type { Snapshot, SnapshotTable } from './snapshots/snapshot.ts';
import { MemoryStore } from './store/memory-store.ts';
import type { Store } from './store/store.ts';
import { type KeyKind, keyEnd, lineEnd } from './tree/row-key.ts';
import type { TreeRoot } from './tree/tree-node.ts';
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

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from './chunks/chunk-id.ts';
import { type FileEntry, fileKey, fileLine } from './files/file-line.ts';
import { keepParts } from './files/file-writer.ts';
import { checkVault } from './maintenance/check.ts';
import { forgetSnapshots, markSnapshot } from './maintenance/forget.ts';
import { prune } from './maintenance/prune.ts';
import { repairVault } from './maintenance/repair.ts';
import { openReader } from './read-session.ts';
import { readDocument, writeDocument } from './snapshots/documents.ts';
import { findSnapshot, listSnapshots, readContents } from './snapshots/list-snapshots.ts';
import { snapshotFiles } from './snapshots/snapshot-files.ts';
import { openFolderStore } from './store/folder-store.ts';
import { initVault, openVault, type Vault } from './vault.ts';
import {
  bytes,
  content,
  digestsOf,
  holder,
  readBack,
  type TestContent,
  testContext,
  testVault,
  writeSnapshot,
  writeTree,
} from './vault-fixture.ts';
import { addKey } from './vault-keyring.ts';
import { openWriteSession } from './write-session.ts';

// A vault of each version of the format lies in test/fixtures and is read for ever. That of a version is made once, when the version is released
// (OXBOW_MAKE_FIXTURE=1 npx vitest run src/vault/old-formats.test.ts makes a missing one), and never again: a reader that needs another is broken.

const fixtures = join(import.meta.dirname, '../../test/fixtures');
const first = { passphrase: 'correct horse battery', label: 'first' };
const second = { passphrase: 'a second passphrase', label: 'second' };

let context: Awaited<ReturnType<typeof testContext>>;
let folder: string;
beforeAll(async () => {
  context = await testContext();
  folder = mkdtempSync(join(tmpdir(), 'oxbow-fixture-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await context.remove();
});

/** Rows that fill several leaves and compress well. */
function rowsOf(count: number): [number, string][] {
  return Array.from({ length: count }, (_, i) => [i * 3, `row ${i} ${'lorem ipsum dolor sit amet '.repeat(20)}`]);
}
const plain: TestContent = { tables: { content: rowsOf(700), empty: [] }, files: { 'home/a.bin': bytes(1, 3000) } };

/** One of everything: several leaves below a node, several keys, every kind of file, a list of parts, documents, tags, protection, a drill. */
async function make(path: string): Promise<void> {
  mkdirSync(path, { recursive: true });
  const store = await openFolderStore(path);
  const like = await testVault();
  const vault = await initVault(store, first.passphrase, { label: first.label, now: context.now(), holder, like });
  await addKey(vault, second.passphrase, second.label, context.now());
  const gone = await writeSnapshot(vault, content(20, 0, 1000), context);
  await writeSnapshot(vault, plain, context, ['first']);
  await writeEverything(vault);
  const newest = await findSnapshot(vault, 'latest');
  const drill = { time: context.now().toISOString(), ok: true, seconds: 12, result: 'the same' };
  await markSnapshot(vault, newest, (marks) => ({ tags: [...marks.tags, 'kept'], protected: true, drills: [drill] }));
  await forgetSnapshots(vault, [await findSnapshot(vault, gone.id)]);
  await prune(vault, { unusedShare: 0.1 }, context);
  await store.close();
  writeFileSync(`${path}.json`, `${JSON.stringify(await describeVault(vault), null, 1)}\n`);
}

async function writeEverything(vault: Vault): Promise<void> {
  const session = await openWriteSession(vault, 'fixture', context);
  const { writer, seed } = session;
  const started = context.now();
  const keyed = Buffer.from('-5\ta\tx\n3\ta\\tb\ty\n10\t\\N\tz\n');
  const whole = Buffer.from('a line\nanother line\n');
  const part = writer.put('file', bytes(7, 600));
  const common = { mtime: '1767225600123456789', mode: 0o640, uid: 1000, gid: 1000, size: 0, parts: [] };
  const files: FileEntry[] = [
    { ...common, path: 'home', kind: 'folder', mode: 0o755 },
    { ...common, path: 'home/empty', kind: 'file' },
    { ...common, path: 'home/link', kind: 'link', target: '../else where\t' },
    {
      ...common,
      path: 'home/many parts',
      kind: 'file',
      size: 600 * 40,
      ...keepParts(
        writer,
        Array.from({ length: 40 }, () => part),
      ),
    },
    { ...common, path: 'home/ünïcode', kind: 'file', size: 600, parts: [part] },
  ];
  const text = (name: string) => ({ name, type: 'text' });
  const tables = [
    {
      name: 'keyed',
      columns: ['a', 'b', 'c'].map(text),
      key: ['number', 'text'] as ('number' | 'text')[],
      tree: await writeTree(writer, seed, keyed, ['number', 'text']),
    },
    { name: 'whole', columns: [text('a')], key: [], tree: await writeTree(writer, seed, whole, []) },
  ];
  const list = await writeTree(writer, seed, Buffer.concat(files.map(fileLine)), fileKey);
  const documents = {
    description: writeDocument(writer, Buffer.from('{"product":"x"}')),
    empty: writeDocument(writer, Buffer.alloc(0)),
  };
  const header = {
    time: started.toISOString(),
    tags: ['everything'],
    summary: { site: 'demo', spaces: ['A', 'B'] },
    parent: null,
  };
  await session.commit({ version: 1, tables, files: list, documents }, header, started);
}

/** All that can be read of a vault, as plain data. */
async function describeVault(vault: Vault) {
  const reader = await openReader(vault);
  const snapshots = [];
  for (const snapshot of (await listSnapshots(vault)).snapshots) {
    const contents = await readContents(reader, snapshot);
    const files = [];
    for await (const file of snapshotFiles(reader, contents.files)) files.push(file);
    const documents: Record<string, string> = {};
    for (const [name, ids] of Object.entries(contents.documents)) documents[name] = (await readDocument(reader, ids)).toString();
    snapshots.push({ snapshot, tables: contents.tables, files, documents, data: await readBack(vault, snapshot.id) });
  }
  return { id: vault.config.id, chunker: vault.keys.chunker.toString('hex'), snapshots };
}

describe.each([1])('a vault of format version %i', (version) => {
  const kept = join(fixtures, `vault-v${version}`);
  let vault: Vault;

  it.runIf(process.env.OXBOW_MAKE_FIXTURE && !existsSync(kept))('is made where there is none', () => make(kept));

  it('is opened by each of its passphrases, and every byte of it is read', async () => {
    const path = join(folder, `vault-v${version}`);
    cpSync(kept, path, { recursive: true });
    const store = await openFolderStore(path);
    for (const { passphrase, label } of [second, first]) {
      vault = await openVault(store, passphrase, holder);
      expect(vault.slot.label).toBe(label);
    }
    const expected = JSON.parse(readFileSync(`${kept}.json`, 'utf8'));
    expect(JSON.parse(JSON.stringify(await describeVault(vault)))).toEqual(expected);
    const [snapshot] = (await listSnapshots(vault)).snapshots;
    expect(await readBack(vault, snapshot.id)).toEqual(digestsOf(plain));
    const report = await checkVault(vault, { data: 1, random: () => 0 }, context);
    expect([report.problems, report.notes, report.damage]).toEqual([[], [], []]);
  });

  it('is added to, sharing chunks with what it has', async () => {
    const again = await writeSnapshot(vault, plain, context);
    expect(again.statistics.newBytes).toBe(0);
    expect(again.contents).toBe((await listSnapshots(vault)).snapshots[0].contents);
    expect((await repairVault(vault, {}, context)).actions).toEqual([]);
    const reader = await openReader(vault);
    expect(reader.rawLength(again.contents)).toBeGreaterThan(0);
    expect(digestOf(again.contents).length).toBe(32);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../chunks/chunk-id.ts';
import { loadIndex } from '../chunks/load-index.ts';
import { packKeyPath } from '../chunks/pack-format.ts';
import { openReader } from '../read-session.ts';
import { findSnapshot, listSnapshots, readContents } from '../snapshots/list-snapshots.ts';
import { findFile } from '../snapshots/snapshot-files.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { leaves } from '../tree/tree-reader.ts';
import { initVault, type Vault } from '../vault.ts';
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
} from '../vault-fixture.ts';
import { openWriteSession } from '../write-session.ts';
import { checkVault } from './check.ts';
import { copySnapshots } from './copy-snapshots.ts';
import { markSnapshot } from './forget.ts';
import { prune } from './prune.ts';
import { repairVault } from './repair.ts';

let context: Awaited<ReturnType<typeof testContext>>;
let store: MemoryStore;
let vault: Vault;
beforeEach(async () => {
  context = await testContext();
  store = new MemoryStore();
  vault = await testVault(store);
});
afterEach(() => context.remove());

const check = async (one = vault) => await checkVault(one, { data: 1, random: () => 0 }, context);
const packs = () => [...store.objects.keys()].filter((key) => key.startsWith('packs/'));

/** Flips a bit of one chunk. */
async function harmChunk(id: string): Promise<void> {
  const { index } = await loadIndex(store, vault.keys.object);
  const { pack, offset } = index.locate(digestOf(id))!;
  const data = Buffer.from(store.objects.get(packKeyPath(pack))!);
  data[offset + 3] ^= 4;
  store.objects.set(packKeyPath(pack), data);
}

async function leavesOf(id: string, table: number): Promise<{ id: string; rows: number; last: string }[]> {
  const reader = await openReader(vault);
  const { tables } = await readContents(reader, await findSnapshot(vault, id));
  const found = [];
  for await (const { id, rows, last } of leaves(reader, tables[table].tree)) found.push({ id, rows, last: last.toString() });
  return found;
}

describe('repair', () => {
  it('replaces a snapshot that lost rows by one that has the others, and names the lost ones by their keys', async () => {
    const snapshot = await writeSnapshot(vault, content(3000), context, ['weekly']);
    await markSnapshot(vault, await findSnapshot(vault, snapshot.id), (marks) => ({ ...marks, protected: true }));
    const list = await leavesOf(snapshot.id, 0);
    expect(list.length).toBeGreaterThan(4);
    await harmChunk(list[2].id);
    const lost = { table: 'content', after: list[1].last, upTo: list[2].last, rows: list[2].rows };
    expect((await check()).damage).toMatchObject([{ snapshot: snapshot.id, rows: [lost] }]);
    const report = await repairVault(vault, {}, context);
    expect(report.snapshots).toMatchObject([{ tags: ['weekly'], damage: { rows: [lost], total: { rows: lost.rows } } }]);
    const [replacement] = (await listSnapshots(vault)).snapshots;
    expect(replacement).toMatchObject({
      id: report.snapshots[0].replacedBy,
      time: snapshot.time,
      tags: ['weekly'],
      protected: true,
      repaired: { of: snapshot.id, lost: { rows: lost.rows, files: 0, documents: 0 } },
    });
    expect(replacement.repaired!.lost.names[0]).toContain(`after ${lost.after} up to ${lost.upTo}`);
    const rest = content(3000);
    rest.tables.content = rest.tables.content.filter(([id]) => id <= Number(lost.after) || id > Number(lost.upTo));
    expect(rest.tables.content.length).toBe(3000 - lost.rows);
    expect(await readBack(vault, replacement.id)).toEqual(digestsOf(rest));
    expect(store.objects.has(`aside/snapshots/${snapshot.id}`)).toBe(true);
    expect((await check()).problems).toEqual([]);
  });

  it('gives the tree of what is left: a later backup of just that stores nothing', async () => {
    const snapshot = await writeSnapshot(vault, content(3000), context);
    const list = await leavesOf(snapshot.id, 0);
    await harmChunk(list.at(-1)!.id);
    await harmChunk(list[0].id);
    await repairVault(vault, {}, context);
    const rest = content(3000);
    const [first, last] = [Number(list[0].last), Number(list.at(-2)!.last)];
    rest.tables.content = rest.tables.content.filter(([id]) => id > first && id <= last);
    const again = await writeSnapshot(vault, rest, context);
    expect(again.statistics.newBytes).toBe(0);
  });

  it('leaves out a file that lost a part, and keeps the others', async () => {
    const written: TestContent = { tables: {}, files: { a: bytes(1, 3_000_000), b: bytes(2, 1000), c: bytes(3, 2_000_000) } };
    const snapshot = await writeSnapshot(vault, written, context);
    const reader = await openReader(vault);
    const contents = await readContents(reader, snapshot);
    await harmChunk((await findFile(reader, contents.files, 'a'))!.parts[1]);
    const report = await repairVault(vault, {}, context);
    expect(report.snapshots[0].damage.files).toEqual(['a']);
    const { a: _a, ...files } = written.files;
    expect(await readBack(vault, report.snapshots[0].replacedBy!)).toEqual(digestsOf({ tables: {}, files }));
  });

  it('takes what is lost from a second vault, whatever its boundaries', async () => {
    for (const like of [undefined, vault]) {
      const second = await initVault(new MemoryStore(), 'another passphrase', { label: 's', now: context.now(), holder, like });
      const written = content(3000, like ? 5 : 7);
      const snapshot = await writeSnapshot(vault, written, context);
      await copySnapshots(vault, second, [await findSnapshot(vault, snapshot.id)], context);
      for (const key of packs()) store.objects.delete(key);
      const preview = await check();
      expect(preview.damage[0]).toMatchObject({ whole: true });
      const report = await repairVault(vault, { from: second }, context);
      expect(report.snapshots.map(({ damage }) => damage.snapshot)).not.toContain(snapshot.id);
      expect(report.refilledChunks).toBeGreaterThan(3);
      expect(await readBack(vault, snapshot.id)).toEqual(digestsOf(written));
      expect((await check()).problems).toEqual([]);
    }
  });

  it('keeps snapshots when asked, and a backup of the same site makes them whole again', async () => {
    const written = content(3000);
    const snapshot = await writeSnapshot(vault, written, context);
    await harmChunk((await leavesOf(snapshot.id, 0))[1].id);
    const report = await repairVault(vault, { keepSnapshots: true }, context);
    expect(report.snapshots).toMatchObject([{ replacedBy: null, damage: { snapshot: snapshot.id } }]);
    expect((await check()).ok).toBe(false);
    await writeSnapshot(vault, written, context);
    expect(await readBack(vault, snapshot.id)).toEqual(digestsOf(written));
    expect((await check()).problems).toEqual([]);
    expect((await repairVault(vault, {}, context)).actions).toEqual([]);
  });

  it('makes index and ledger anew from nothing but packs and snapshots', async () => {
    const snapshot = await writeSnapshot(vault, content(1000), context, ['kept']);
    for (const key of [...store.objects.keys()]) if (/^(spare\/)?(index|ledger)\//.test(key)) store.objects.delete(key);
    expect(await readBack(vault, snapshot.id)).toBeDefined();
    const report = await repairVault(vault, {}, context);
    expect(report.snapshots).toEqual([]);
    // Nobody can tell any more what was protected: everything is.
    expect((await listSnapshots(vault)).snapshots).toMatchObject([{ id: snapshot.id, tags: ['kept'], protected: true }]);
    expect(await readBack(vault, snapshot.id)).toEqual(digestsOf(content(1000)));
    expect((await check()).problems).toEqual([]);
  });

  it('does not take a pack for damaged that was read wrongly once', async () => {
    const snapshot = await writeSnapshot(vault, content(1000), context);
    const flaky = Object.create(store) as MemoryStore;
    let wrong = 1;
    flaky.get = async (key, range) => {
      const data = await store.get(key, range);
      if (key.startsWith('packs/') && !range && wrong-- > 0) data[data.length >> 1] ^= 1;
      return data;
    };
    const report = await repairVault({ ...vault, store: flaky }, {}, context);
    expect(report.actions.map((action) => action.message)).toEqual([expect.stringContaining('sound when it is read again')]);
    expect(await readBack(vault, snapshot.id)).toEqual(digestsOf(content(1000)));
    expect((await check()).problems).toEqual([]);
  });

  it('waits for backups, and backups that begin meanwhile do not rely on what it takes out', async () => {
    await writeSnapshot(vault, content(100), context);
    const session = await openWriteSession(vault, 'backup of x', context);
    await expect(repairVault(vault, {}, context)).rejects.toMatchObject({ code: 'VAULT_BUSY' });
    await session.abandon();
    expect((await repairVault(vault, {}, context)).actions).toEqual([]);
  });

  it('does nothing in a dry run', async () => {
    const snapshot = await writeSnapshot(vault, content(3000), context);
    await harmChunk((await leavesOf(snapshot.id, 0))[1].id);
    store.objects.delete('config');
    const before = [...store.objects.keys()];
    const report = await repairVault(vault, { dryRun: true }, context);
    expect(report.snapshots).toHaveLength(1);
    expect(report.actions.map((action) => action.object)).toContain('config');
    expect([...store.objects.keys()]).toEqual(before);
  });

  it('lets a prune go on that refused before', async () => {
    const snapshot = await writeSnapshot(vault, content(3000), context);
    await writeSnapshot(vault, { tables: {}, files: { other: bytes(5, 100) } }, context);
    for (const place of ['', 'spare/']) store.objects.set(`${place}snapshots/${snapshot.id}`, Buffer.from('rubbish'));
    await expect(prune(vault, {}, context)).rejects.toMatchObject({ code: 'VAULT_DAMAGED' });
    const report = await repairVault(vault, {}, context);
    expect(report.actions.map((action) => action.message).join()).toContain('it is lost, and set aside');
    expect((await prune(vault, {}, context)).removed.packs).toBeGreaterThan(0);
    expect((await check()).problems).toEqual([]);
  });
});

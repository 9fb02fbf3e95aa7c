import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkVault } from './maintenance/check.ts';
import { forgetSnapshots } from './maintenance/forget.ts';
import { prune } from './maintenance/prune.ts';
import { openReader } from './read-session.ts';
import { findSnapshot, listSnapshots, readContents } from './snapshots/list-snapshots.ts';
import { MemoryStore } from './store/memory-store.ts';
import { diffTrees } from './tree/tree-diff.ts';
import { rowsInRange } from './tree/tree-reader.ts';
import { openVault, type Vault } from './vault.ts';
import {
  bytes,
  content,
  digestsOf,
  holder,
  passphrase,
  readBack,
  type TestContent,
  testContext,
  testVault,
  writeSnapshot,
} from './vault-fixture.ts';
import { addKey, changeKey, listKeys, removeKey } from './vault-keyring.ts';

let context: Awaited<ReturnType<typeof testContext>>;
beforeEach(async () => {
  context = await testContext();
});
afterEach(() => context.remove());

const check = (vault: Vault) => checkVault(vault, { data: 1, random: () => 0 }, context);

describe('a vault', () => {
  it('gives back what was put into it, rows and files, after being opened anew', async () => {
    const store = new MemoryStore();
    const written = content(5000);
    const snapshot = await writeSnapshot(await testVault(store), written, context, ['first']);
    const vault = await openVault(store, passphrase, holder);
    expect(await readBack(vault, snapshot.id)).toEqual(digestsOf(written));
    expect((await listSnapshots(vault)).snapshots.map((one) => [one.id, one.tags])).toEqual([[snapshot.id, ['first']]]);
    const report = await check(vault);
    expect(report.problems).toEqual([]);
    expect(report.notes).toEqual([]);
    expect(report.chunks).toBeGreaterThan(10);
  });

  it('stores nothing twice: a second snapshot with 1 % edited adds little', async () => {
    const vault = await testVault();
    const first = await writeSnapshot(vault, content(20_000), context);
    const second = await writeSnapshot(vault, content(20_000, 200), context);
    expect(second.statistics.newBytes).toBeLessThan(first.statistics.newBytes * 0.05);
    expect(await readBack(vault, second.id)).toEqual(digestsOf(content(20_000, 200)));
    expect(await readBack(vault, first.id)).toEqual(digestsOf(content(20_000)));
  });

  it('tells the difference of two snapshots, reading only what differs', async () => {
    const vault = await testVault();
    const before = content(20_000);
    const after = content(20_000, 3);
    after.tables.content = after.tables.content.filter(([id]) => id !== 700).concat([[999_999, 'new']]);
    const snapshots = [await writeSnapshot(vault, before, context), await writeSnapshot(vault, after, context)];
    const reader = await openReader(vault);
    const [a, b] = await Promise.all(snapshots.map((snapshot) => readContents(reader, snapshot)));
    let read = 0;
    const counting = {
      read: (id: string) => {
        read++;
        return reader.read(id);
      },
      readMany: reader.readMany.bind(reader),
    };
    const found: string[] = [];
    for await (const row of diffTrees({ before: counting, after: counting }, a.tables[0].tree, b.tables[0].tree, ['number'])) {
      const id = (row.before ?? row.after)!.toString('utf8').split('\t')[0];
      found.push(`${row.before ? (row.after ? 'changed' : 'removed') : 'added'} ${id}`);
    }
    expect(found).toEqual(['changed 0', 'changed 7', 'changed 14', 'removed 700', 'added 999999']);
    expect(read).toBeLessThan(20);
  });

  it('finds the rows of a range without reading the others', async () => {
    const vault = await testVault();
    const snapshot = await writeSnapshot(vault, content(20_000), context);
    const reader = await openReader(vault);
    const [table] = (await readContents(reader, snapshot)).tables;
    const rows: string[] = [];
    for await (const data of rowsInRange(reader, table.tree, table.key, { from: Buffer.from('6993'), to: Buffer.from('7014') })) {
      rows.push(...data.toString('utf8').split('\n').slice(0, -1));
    }
    expect(rows.map((row) => Number(row.split('\t')[0]))).toEqual([6993, 7000, 7007, 7014]);
  });

  it('opens with any of its passphrases, and not with one that was removed', async () => {
    const store = new MemoryStore();
    const vault = await testVault(store);
    const snapshot = await writeSnapshot(vault, content(10), context);
    const second = await addKey(vault, 'another passphrase', 'second', context.now());
    const opened = await openVault(store, 'another passphrase', holder);
    expect(opened.slot).toMatchObject({ id: second, label: 'second' });
    expect(await readBack(opened, snapshot.id)).toEqual(digestsOf(content(10)));
    await changeKey(opened, 'a third passphrase', context.now());
    await expect(openVault(store, 'another passphrase', holder)).rejects.toMatchObject({ code: 'VAULT_PASSPHRASE_WRONG' });
    await expect(openVault(store, 'wrong passphrase', holder)).rejects.toMatchObject({ code: 'VAULT_PASSPHRASE_WRONG' });
    await removeKey(vault, vault.slot.id);
    await expect(openVault(store, passphrase, holder)).rejects.toMatchObject({ code: 'VAULT_PASSPHRASE_WRONG' });
    const third = await openVault(store, 'a third passphrase', holder);
    await expect(removeKey(third, third.slot.id)).rejects.toMatchObject({ code: 'KEY_LAST' });
    expect(await listKeys(third)).toEqual([third.slot.id]);
  });

  it('shows nothing of what it holds: neither names nor text nor sizes of rows', async () => {
    const store = new MemoryStore();
    const vault = await testVault(store);
    const secret = 'the merger is on friday';
    await writeSnapshot(
      vault,
      { tables: { secret_table: [[1, secret]] }, files: { 'home/merger.txt': Buffer.from(secret) } },
      context,
      ['merger'],
    );
    const all = Buffer.concat([...store.objects.values()]).toString('latin1') + [...store.objects.keys()].join();
    for (const word of [secret, 'merger', 'secret_table', 'test', passphrase, vault.master.toString('base64')])
      expect(all).not.toContain(word);
  });

  it('prunes what no snapshot needs and keeps every byte of the others', async () => {
    const vault = await testVault();
    const first = await writeSnapshot(vault, content(20_000), context);
    const other: TestContent = {
      tables: { content: content(20_000, 10_000).tables.content },
      files: { 'home/x': bytes(77, 2_000_000) },
    };
    const second = await writeSnapshot(vault, other, context);
    await forgetSnapshots(vault, [await findSnapshot(vault, first.id)]);
    const preview = await prune(vault, { dryRun: true }, context);
    const sizes = async () => {
      let total = 0;
      for await (const { size } of vault.store.list('packs/')) total += size;
      return total;
    };
    const before = await sizes();
    const report = await prune(vault, {}, context);
    expect(report.unused).toEqual(preview.unused);
    expect(report.removed.bytes).toBeGreaterThan(1_000_000);
    expect(await sizes()).toBeLessThan(before - 1_000_000);
    expect(await readBack(vault, second.id)).toEqual(digestsOf(other));
    const checked = await check(vault);
    expect([checked.problems, checked.notes]).toEqual([[], []]);
    expect((await prune(vault, {}, context)).removed.packs).toBe(0);
  });

  it('uses what a backup had uploaded before it was killed', async () => {
    const store = new MemoryStore();
    const vault = await testVault(store);
    const failing: typeof store = Object.assign(Object.create(Object.getPrototypeOf(store)), store);
    failing.put = async (key, data) => {
      if (key.startsWith('index/')) throw new Error('killed');
      await store.put(key, data);
    };
    await expect(writeSnapshot({ ...vault, store: failing }, content(5000), context)).rejects.toThrow('killed');
    expect((await listSnapshots(vault)).snapshots).toEqual([]);
    const again = await writeSnapshot(vault, content(5000), context);
    expect(again.statistics.newBytes).toBeLessThan(2000);
    expect(await readBack(vault, again.id)).toEqual(digestsOf(content(5000)));
    expect((await check(vault)).problems).toEqual([]);
  });
});

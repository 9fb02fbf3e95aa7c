import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReader } from '../read-session.ts';
import { findSnapshot, listSnapshots, readContents } from '../snapshots/list-snapshots.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { initVault, openVault, type Vault } from '../vault.ts';
import {
  bytes,
  content,
  digestsOf,
  holder,
  passphrase,
  readBack,
  testContext,
  testVault,
  writeSnapshot,
} from '../vault-fixture.ts';
import { addKey } from '../vault-keyring.ts';
import { checkVault } from './check.ts';
import { copySnapshots } from './copy-snapshots.ts';
import { markSnapshot } from './forget.ts';

let context: Awaited<ReturnType<typeof testContext>>;
beforeEach(async () => {
  context = await testContext();
});
afterEach(() => context.remove());

const list = async (vault: Vault) => (await listSnapshots(vault)).snapshots;

/** A file of forty parts at least, so that they stand in a list of their own. */
const large = { 'home/large.bin': bytes(9, 50_000_000) };

describe.each(['the same boundaries', 'boundaries of its own'])('copying to a vault of %s', (kind) => {
  const second = (from: Vault) =>
    initVault(new MemoryStore(), 'another passphrase', {
      label: 'second',
      now: context.now(),
      holder,
      ...(kind === 'the same boundaries' ? { like: from } : {}),
    });

  it('keeps every byte, tags, protection, drills and the origin', async () => {
    const from = await testVault();
    const written = { ...content(3000), files: { ...content(1).files, ...large } };
    await writeSnapshot(from, written, context, ['first']);
    const drill = { time: '2026-01-01T00:00:00Z', ok: true, seconds: 3, result: 'the same' };
    await markSnapshot(from, await findSnapshot(from, 'latest'), (marks) => ({ ...marks, protected: true, drills: [drill] }));
    const [snapshot] = await list(from);
    const to = await second(from);
    const report = await copySnapshots(from, to, [snapshot], context);
    const [copy] = await list(to);
    expect(report.copied).toMatchObject([{ from: snapshot.id, to: copy.id }]);
    expect(copy).toMatchObject({ tags: ['first'], protected: true, drills: [drill], time: snapshot.time });
    expect(copy.copyOf).toEqual({ vault: from.config.id, snapshot: snapshot.id });
    expect(await readBack(to, copy.id)).toEqual(digestsOf(written));
    expect((await checkVault(to, { data: 1, random: () => 0 }, context)).problems).toEqual([]);
  });

  it('copies each snapshot once, and one that was copied back is known', async () => {
    const from = await testVault();
    await writeSnapshot(from, content(100), context);
    const to = await second(from);
    await copySnapshots(from, to, await list(from), context);
    expect((await copySnapshots(from, to, await list(from), context)).skipped).toHaveLength(1);
    expect((await copySnapshots(to, from, await list(to), context)).skipped).toHaveLength(1);
    expect(await list(to)).toHaveLength(1);
  });

  it('stores and reads little of a snapshot of which an older one was copied', async () => {
    const from = await testVault();
    const before = content(10_000, 0, 4_000_000);
    const after = content(10_000, 50, 4_000_000);
    after.tables.content.splice(5000, 10);
    await writeSnapshot(from, before, context);
    const to = await second(from);
    await copySnapshots(from, to, await list(from), context);
    await writeSnapshot(from, after, context);
    let read = 0;
    const counting = Object.create(from.store) as typeof from.store;
    counting.get = async (key, range) => {
      const data = await from.store.get(key, range);
      if (key.startsWith('packs/')) read += data.length;
      return data;
    };
    const report = await copySnapshots({ ...from, store: counting }, to, await list(from), context);
    expect(report.copied).toHaveLength(1);
    expect(report.copied[0].newBytes).toBeLessThan(1_000_000);
    if (kind === 'the same boundaries') expect(read).toBeLessThan(1_000_000);
    // Rows that changed anywhere in a table are all read where they are cut anew; files are not.
    else expect(read).toBeLessThan(4_000_000);
    expect(await readBack(to, report.copied[0].to)).toEqual(digestsOf(after));
  });

  it('cuts as a backup into the second vault would', async () => {
    const from = await testVault();
    await writeSnapshot(from, { ...content(5000), files: { ...content(1).files, ...large } }, context);
    const to = await second(from);
    await copySnapshots(from, to, await list(from), context);
    const backup = await writeSnapshot(to, { ...content(5000), files: { ...content(1).files, ...large } }, context);
    expect(backup.statistics.newBytes).toBe(0);
  });

  it('names a snapshot that the first vault cannot read, and copies the others', async () => {
    const store = new MemoryStore();
    const from = await testVault(store);
    await writeSnapshot(from, content(500), context);
    const [pack] = [...store.objects.keys()].filter((key) => key.startsWith('packs/'));
    await writeSnapshot(from, { tables: {}, files: {} }, context);
    store.objects.get(pack)!.fill(0, 100, 200);
    const to = await second(from);
    const report = await copySnapshots(from, to, await list(from), context);
    expect([report.copied.length, report.failed.length]).toEqual([1, 1]);
    expect(report.failed[0].code).toBe('OBJECT_DAMAGED');
    expect((await list(to)).length).toBe(1);
  });
});

describe('a vault that shares its boundaries', () => {
  it('does so with every passphrase, and writes the same trees', async () => {
    const from = await testVault();
    const store = new MemoryStore();
    const to = await initVault(store, passphrase, { label: 'a', now: context.now(), holder, like: from });
    await addKey(to, 'a second passphrase', 'b', context.now());
    for (const word of [passphrase, 'a second passphrase'])
      expect((await openVault(store, word, holder)).keys.chunker.equals(from.keys.chunker)).toBe(true);
    await writeSnapshot(from, content(3000), context);
    await copySnapshots(from, to, await list(from), context);
    const [a, b] = await Promise.all(
      [from, to].map(async (vault) => (await readContents(await openReader(vault), (await list(vault))[0])).tables[0].tree),
    );
    expect([b.level, b.rows, b.bytes]).toEqual([a.level, a.rows, a.bytes]);
    expect(b.id).not.toBe(a.id);
  });
});

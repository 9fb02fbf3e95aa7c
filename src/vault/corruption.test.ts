import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOxbowError } from '#base/errors.ts';
import { checkVault } from './maintenance/check.ts';
import { repairVault } from './maintenance/repair.ts';
import { listSnapshots } from './snapshots/list-snapshots.ts';
import type { MemoryStore } from './store/memory-store.ts';
import { openVault, type Vault } from './vault.ts';
import {
  bytes,
  cloneVault,
  type Digests,
  digestsOf,
  holder,
  passphrase,
  readBack,
  type TestContent,
  testContext,
  testVault,
  text,
  writeSnapshot,
} from './vault-fixture.ts';

// Every object of a small vault, damaged in every way that comes to mind: check finds it and names what it touches, a backup afterwards works or
// refuses, repair mends it or says what is lost, and whatever the damage did not touch is read back byte by byte.

let context: Awaited<ReturnType<typeof testContext>>;
let vault: Vault & { store: MemoryStore };
/** What each snapshot holds. */
const held = new Map<string, Digests>();

const rows = (from: number, count: number): [number, string][] =>
  Array.from({ length: count }, (_, i) => [from + i, text(from + i, 150)]);
const contents: TestContent[] = [
  { tables: { content: rows(0, 600), empty: [] }, files: { 'home/a.bin': bytes(1, 150_000), 'home/b.txt': bytes(2, 100) } },
  {
    tables: { content: rows(0, 660), other: rows(5000, 20) },
    files: { 'home/a.bin': bytes(1, 150_000), 'home/c.txt': bytes(3, 2000) },
  },
];

beforeAll(async () => {
  context = await testContext();
  const made = await testVault();
  for (const content of contents) held.set((await writeSnapshot(made, content, context)).id, digestsOf(content));
  vault = cloneVault(made);
});
afterAll(() => context.remove());

type Harm = (store: MemoryStore, key: string, random: () => number) => void;

const flip = (at: (length: number, random: () => number) => number): Harm => {
  return (store, key, random) => {
    const data = Buffer.from(store.objects.get(key)!);
    data[at(data.length, random)] ^= 1 << Math.floor(random() * 8);
    store.objects.set(key, data);
  };
};
const cut = (to: (length: number) => number): Harm => {
  return (store, key) => void store.objects.set(key, store.objects.get(key)!.subarray(0, to(store.objects.get(key)!.length)));
};
const harms: Record<string, Harm> = {
  'a flipped bit in the first byte': flip(() => 0),
  'a flipped bit in the fifth byte': flip((length) => Math.min(4, length - 1)),
  'a flipped bit in the header': flip((length, random) => Math.min(length - 1, 5 + Math.floor(random() * 40))),
  'a flipped bit somewhere': flip((length, random) => Math.floor(random() * length)),
  'a flipped bit in the last byte': flip((length) => length - 1),
  'nothing left of it': cut(() => 0),
  'half of it cut off': cut((length) => length >> 1),
  'its last byte cut off': cut((length) => length - 1),
  'a byte appended': (store, key) => void store.objects.set(key, Buffer.concat([store.objects.get(key)!, Buffer.from([7])])),
  'the object removed': (store, key) => void store.objects.delete(key),
  'another of its kind exchanged with it': (store, key) => {
    const other = twinOf(store, key);
    if (!other) return;
    const data = store.objects.get(key)!;
    store.objects.set(key, store.objects.get(other)!);
    store.objects.set(other, data);
  },
};

/** Of these some cost data, in whatever vault: the others hit headers, which are kept twice. */
const costly = new Set(['a flipped bit somewhere', 'nothing left of it', 'half of it cut off', 'the object removed']);

function twinOf(store: MemoryStore, key: string): string | undefined {
  const kind = key.split('/')[0];
  return [...store.objects.keys()].find((other) => other !== key && other.split('/')[0] === kind);
}

/** Numbers that look random and are the same each time. */
function randomOf(word: string): () => number {
  const stream = bytes(
    [...word].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7),
    4096,
  );
  let at = 0;
  return () => stream.readUInt32LE((at++ * 4) % 4096) / 2 ** 32;
}

const check = (damaged: Vault) => checkVault(damaged, { data: 1, random: () => 0 }, context);

/** Which snapshots are read back exactly. */
async function intact(damaged: Vault): Promise<Set<string>> {
  const found = new Set<string>();
  for (const [id, digests] of held) {
    try {
      if (JSON.stringify(await readBack(damaged, id)) === JSON.stringify(digests)) found.add(id);
    } catch (error) {
      if (!isOxbowError(error)) throw error;
    }
  }
  return found;
}

/** Whether the vault can be opened. Each time costs a fifth of a second, so only where the harm could matter for it. */
async function opens(damaged: Vault, key: string): Promise<boolean> {
  if (!/config|keys/.test(key)) return true;
  try {
    await openVault(damaged.store, passphrase, holder);
    return true;
  } catch (error) {
    if (!isOxbowError(error)) throw error;
    return false;
  }
}

const objectsOf = () => [...vault.store.objects.keys()].sort();

describe('a damaged vault', () => {
  it.each(Object.keys(harms))('is found out, goes on, and is mended as far as can be: %s', async (name) => {
    let lossy = 0;
    for (const key of objectsOf()) {
      const damaged = cloneVault(vault);
      harms[name](damaged.store, key, randomOf(name + key));
      const before = vault.store.objects.get(key)!;
      const after = damaged.store.objects.get(key);
      if (after && before.equals(after)) continue;
      const report = await check(damaged);
      // The spare of the newest ledger comes after it: a missing one may be on its way.
      expect(report.ok && report.notes.length === 0, `${key} found`).toBe(false);
      const readable = await intact(damaged);
      // What is not named can be read.
      const named = new Set([
        ...report.damage.map((damage) => damage.snapshot),
        ...report.problems.filter(({ object }) => object.startsWith('snapshots/')).map(({ object }) => object.slice(10)),
      ]);
      for (const id of held.keys()) expect(readable.has(id) || named.has(id), `${key}: ${id} named or intact`).toBe(true);
      for (const damage of report.damage)
        expect(damage.whole || damage.total.rowRanges + damage.total.files > 0, `${key}: damage has names`).toBe(true);
      // One copy of what the vault hangs on may be lost.
      expect(await opens(damaged, key), `${key}: opens`).toBe(true);
      await backupGoesOn(damaged, key);
      lossy += await repairMends(damaged, key, readable);
    }
    // The matrix would prove little if no harm ever cost anything.
    if (costly.has(name)) expect(lossy).toBeGreaterThan(0);
  });
});

async function backupGoesOn(damaged: Vault, key: string): Promise<void> {
  const copy = cloneVault(damaged);
  const more: TestContent = { tables: { content: rows(90_000, 50) }, files: { 'home/new': bytes(99, 500) } };
  const made = await writeSnapshot(copy, more, context);
  expect(await readBack(copy, made.id), `${key}: a backup afterwards`).toEqual(digestsOf(more));
}

/** Repairs; gives the number of snapshots that lost something. */
async function repairMends(damaged: Vault, key: string, readable: Set<string>): Promise<number> {
  const preview = await repairVault(damaged, { dryRun: true }, context);
  const report = await repairVault(damaged, {}, context);
  expect(report.actions.length, `${key}: says what it did`).toBeGreaterThan(0);
  // A preview cannot read what lies in a wrong place: it may fear for more than the repair turns out to lose.
  const feared = preview.snapshots.map(({ damage }) => damage.snapshot);
  for (const { damage } of report.snapshots) expect(feared, `${key}: preview`).toContain(damage.snapshot);
  const checked = await check(damaged);
  expect(checked.problems, `${key}: clean after repair`).toEqual([]);
  expect(checked.damage, `${key}: clean after repair`).toEqual([]);
  const now = await intact(damaged);
  const replaced = new Map(report.snapshots.map(({ damage, replacedBy }) => [damage.snapshot, replacedBy]));
  for (const [id, digests] of held) {
    if (now.has(id)) continue;
    // Nothing that could be read before is lost, and what is lost is named.
    expect(readable.has(id), `${key}: ${id} was lost by the repair`).toBe(false);
    expect(replaced.has(id), `${key}: ${id} is named`).toBe(true);
    const replacement = replaced.get(id);
    if (replacement) await holdsARest(damaged, replacement, digests);
  }
  expect(await opens(damaged, key)).toBe(true);
  expect((await repairVault(damaged, {}, context)).actions, `${key}: nothing left to do`).toEqual([]);
  expect((await listSnapshots(damaged)).missing).toEqual([]);
  return replaced.size;
}

/** What a replacement holds is what the snapshot held, as far as it goes. */
async function holdsARest(damaged: Vault, id: string, digests: Digests): Promise<void> {
  const rest = await readBack(damaged, id);
  for (const [name, digest] of Object.entries(rest)) {
    // Tables lose leaves, files are whole or not there.
    if (!name.startsWith('table ')) expect(digest).toBe(digests[name]);
  }
}

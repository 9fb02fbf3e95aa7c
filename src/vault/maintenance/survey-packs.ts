import { availableParallelism } from 'node:os';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import { adoptPacks, loadIndex } from '../chunks/load-index.ts';
import { packKeyPath } from '../chunks/pack-format.ts';
import { getOrNull } from '../spares.ts';
import type { Vault } from '../vault.ts';
import { checkPack, judgePack, type PackCheck, type PackVerdict, type ReadPack } from './check-pack.ts';
import { CheckThreads } from './check-threads.ts';
import { LostChunks } from './lost-chunks.ts';

export interface SurveyOptions {
  /** Share of the packs to read and verify, 0 to 1; packs of a wrong size always are. */
  data: number;
  /** Chooses the packs: a number in [0, 1). */
  random: () => number;
}

/** What the packs hold, and what of it cannot be read. */
export interface PackSurvey {
  /** Every chunk, found in a sound pack where one has it. */
  index: ChunkIndex;
  /** Index objects that can be read, cannot be read, and that the ledger names and are not there. */
  objects: string[];
  damagedObjects: { key: string; reason: string }[];
  missingObjects: string[];
  /** Packs of the store, with their sizes. */
  sizes: Map<string, number>;
  /** Packs that no index object names. */
  orphans: Set<string>;
  /** Packs with which something is wrong, and what. */
  bad: Map<string, string>;
  lost: LostChunks;
  read: { packs: number; bytes: number };
}

/** Packs read at a time: two are verified while the next one comes. Bounds memory to some 100 MB. */
const packsAtATime = 3;
const threadCount = Math.min(2, availableParallelism());
/** From so many bytes on threads verify them: to start one takes a tenth of a second. */
const threadsFromBytes = 48 * 1024 * 1024;
const missing = 'a pack is missing';

/** Loads the index and reads the packs. Memory: the index, twice while something is wrong. */
export async function surveyPacks(vault: Vault, options: SurveyOptions, context: RunContext): Promise<PackSurvey> {
  const { store, keys } = vault;
  const loaded = await loadIndex(store, keys.object);
  const { adopted, unusable, sizes } = await adoptPacks(store, keys.pack, loaded.index);
  const survey: PackSurvey = {
    index: loaded.index,
    objects: loaded.objects,
    damagedObjects: loaded.damaged,
    missingObjects: loaded.missing,
    sizes,
    orphans: adopted,
    bad: new Map(),
    lost: new LostChunks(loaded.index),
    read: { packs: 0, bytes: 0 },
  };
  for (const name of unusable) {
    const size = sizes.get(name);
    const expected = loaded.index.pack(name)!.size;
    survey.bad.set(name, size === undefined ? 'a pack is missing' : `a pack has ${size} bytes instead of ${expected}`);
  }
  for (const name of sizes.keys()) if (!loaded.index.hasPack(name)) survey.orphans.add(name);
  await readPacks(vault, survey, options, context);
  return survey.bad.size === 0 ? survey : await preferSound(vault, survey);
}

async function readPacks(vault: Vault, survey: PackSurvey, options: SurveyOptions, context: RunContext): Promise<void> {
  const { index, sizes, bad, lost, read } = survey;
  const slotsOf = index.slotsByPack();
  for (const name of bad.keys()) if (!sizes.has(name)) for (const slot of slotsOf(name)) lost.add(slot);
  const chosen = [...sizes].filter(([name]) => bad.has(name) || options.data >= 1 || options.random() < options.data);
  const total = chosen.reduce((sum, [, size]) => sum + size, 0);
  const threads = total >= threadsFromBytes ? new CheckThreads(vault.keys, threadCount) : null;
  const judge = (pack: ReadPack) => (threads ? threads.judge(pack) : judgePack(vault.keys, pack));
  let next = 0;
  const reader = async () => {
    while (next < chosen.length) {
      throwIfCancelled(context);
      const [name, size] = chosen[next++];
      const slots = slotsOf(name);
      const pack = await getPack(vault, name, index, slots);
      const { problem, unreadable } = isThere(pack) ? await judge(pack) : nothingOf(pack);
      read.packs++;
      read.bytes += size;
      context.progress({ phase: 'verifying data', done: read.bytes, total, unit: 'bytes' });
      if (!problem) continue;
      if (!bad.has(name)) bad.set(name, problem);
      for (const i of unreadable) lost.add(slots[i]);
    }
  };
  try {
    await Promise.all(Array.from({ length: packsAtATime }, reader));
  } finally {
    await threads?.close();
  }
}

/** Reads and verifies one pack, and gives the plain bytes of its chunks too. Memory: some 100 MB. */
export async function readWholePack(vault: Vault, name: string, index: ChunkIndex, slots: Uint32Array): Promise<PackCheck> {
  const pack = await getPack(vault, name, index, slots);
  if (isThere(pack)) return await checkPack(vault.keys, pack, true);
  return { problem: missing, indexed: pack.indexed.map((entry) => ({ entry, data: null })), listed: [] };
}

/** `bytes`: null when the store does not have it. */
type GotPack = Omit<ReadPack, 'bytes'> & { bytes: Buffer | null };

async function getPack({ store }: Vault, name: string, index: ChunkIndex, slots: Uint32Array): Promise<GotPack> {
  const bytes = await getOrNull(store, packKeyPath(name));
  return { name, bytes, salt: index.pack(name)?.salt ?? null, indexed: Array.from(slots, (slot) => index.at(slot)) };
}

function isThere(pack: GotPack): pack is ReadPack {
  return pack.bytes !== null;
}

function nothingOf({ indexed }: GotPack): PackVerdict {
  return { problem: missing, unreadable: [...indexed.keys()] };
}

/** Where a chunk lies in a sound pack too it is found there: then it is not lost. */
async function preferSound(vault: Vault, survey: PackSurvey): Promise<PackSurvey> {
  const { store, keys } = vault;
  const last = new Set(survey.bad.keys());
  const { index } = await loadIndex(store, keys.object, { last });
  await adoptPacks(store, keys.pack, index);
  const lost = new LostChunks(index);
  for (const slot of survey.lost.slots()) {
    const now = index.slotOf(survey.index.at(slot).digest);
    if (now >= 0 && last.has(index.packAt(now))) lost.add(now);
  }
  return { ...survey, index, lost };
}

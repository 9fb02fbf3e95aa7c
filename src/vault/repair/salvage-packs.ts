import { throwIfCancelled } from '#base/run-context.ts';
import { kindOf } from '../chunks/chunk-id.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import { packKeyPath } from '../chunks/pack-format.ts';
import type { CheckedChunk } from '../maintenance/check-pack.ts';
import { type PackSurvey, readWholePack } from '../maintenance/survey-packs.ts';
import type { Repair } from './repair-state.ts';

/** What was saved out of damaged packs. */
export interface Salvage {
  chunks: number;
  bytes: number;
}

/** Where what is saved goes: the index of the sound packs, and a writer that adds to it. */
export interface Sound {
  index: ChunkIndex;
  writer: ChunkWriter;
}

/**
 * Reads the damaged packs a second time. One that is sound this time was read wrongly (a bad cable, a bad memory) and stays; of the others every
 * chunk that can be read and that no sound pack has goes into new packs. In a dry run (no `sound`) they are only counted. Memory: one pack
 * besides the writer's.
 */
export async function salvagePacks(repair: Repair, survey: PackSurvey, sound: Sound | null): Promise<Salvage> {
  const { index, bad, lost } = survey;
  const slotsOf = index.slotsByPack();
  const salvage: Salvage = { chunks: 0, bytes: 0 };
  for (const name of [...bad.keys()]) {
    throwIfCancelled(repair.maintenance.context);
    const slots = slotsOf(name);
    const check = await readWholePack(repair.vault, name, index, slots);
    const known = index.pack(name);
    if (!check.problem && known) {
      bad.delete(name);
      for (const slot of slots) lost.remove(slot);
      sound?.index.addPack({ ...known, entries: check.listed.map((chunk) => chunk.entry) });
      await repair.act(packKeyPath(name), 'is sound when it is read again: this machine or its network makes errors');
      continue;
    }
    for (const chunk of [...check.indexed, ...check.listed]) {
      if (sound) await save(sound, chunk, salvage);
      else count(survey, chunk, salvage);
    }
  }
  return salvage;
}

async function save({ writer }: Sound, { entry, data }: CheckedChunk, salvage: Salvage): Promise<void> {
  const kind = kindOf(entry.kind);
  if (!data || !kind) return;
  const before = writer.statistics.newChunks;
  writer.put(kind, data);
  await writer.ready();
  if (writer.statistics.newChunks === before) return;
  salvage.chunks++;
  salvage.bytes += data.length;
}

function count({ index, bad, lost }: PackSurvey, { entry, data }: CheckedChunk, salvage: Salvage): void {
  const slot = index.slotOf(entry.digest);
  if (!data || (slot >= 0 && !bad.has(index.packAt(slot)))) return;
  if (slot >= 0) lost.remove(slot);
  salvage.chunks++;
  salvage.bytes += data.length;
}

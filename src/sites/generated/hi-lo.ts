import { tableModels } from '#model/table-model.ts';

/** Confluence's generator gives ids in blocks: id = hi * 32768 + lo, lo from 1 (docs/formats, hibernate_unique_key). */
const blockSize = 32768;
const usable = blockSize - 1;

const hiLoTables = tableModels.filter((table) => table.hiLo).map((table) => table.name);

/** The id of the n-th row (from 0) of one table. The tables take blocks in turns, so no id occurs twice in a site, however large. */
export function hiLoIds(table: string): (ordinal: number) => number {
  const turn = hiLoTables.indexOf(table);
  if (turn < 0) throw new Error(`the ids of ${table} do not come from the hi/lo generator`);
  return (ordinal) => (Math.floor(ordinal / usable) * hiLoTables.length + turn + 1) * blockSize + (ordinal % usable) + 1;
}

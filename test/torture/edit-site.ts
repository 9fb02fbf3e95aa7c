import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from './world.ts';

const extra = join('attachments', 'v4', 'torture');
const mostFiles = 24;

const statements: ((world: World) => string)[] = [
  ({ random }) =>
    `UPDATE bodycontent SET body = left(body, 4000) || '<p>${random.between(0, 1e9)}</p>' WHERE bodycontentid % ${random.between(2, 90)} = 0`,
  ({ random }) =>
    `UPDATE content SET title = left(title, 60) || ' ${random.between(0, 1e6)}' WHERE contentid % ${random.between(3, 80)} = 1`,
  ({ random }) => `DELETE FROM contentproperties WHERE propertyid % ${random.between(50, 200)} = 3`,
  ({ random }) =>
    `INSERT INTO "AO_1_THING" ("NAME") SELECT md5(i::text || ${random.between(0, 1e6)}) FROM generate_series(1, ${random.between(1, 80)}) i`,
  ({ random }) => `DELETE FROM "AO_1_THING" WHERE "ID" % ${random.between(5, 20)} = 0`,
  ({ random }) => `INSERT INTO "AO_1_LOOSE" SELECT md5(i::text), NULL FROM generate_series(1, ${random.between(1, 30)}) i`,
  () => `DELETE FROM "AO_1_LOOSE"`,
  () => `UPDATE "AO_1_THING" SET "NAME" = "NAME" || '.' WHERE "ID" % 7 = 0`,
  () => `VACUUM FULL content`,
  () => `VACUUM FULL "AO_1_THING"`,
  () => `CLUSTER bodycontent USING bodycontent_pkey`,
  () => `VACUUM`,
  ({ random }) => `ALTER TABLE "AO_1_LOOSE" ADD COLUMN IF NOT EXISTS c${random.between(1, 4)} text DEFAULT 'x'`,
  ({ random }) => `ALTER TABLE "AO_1_LOOSE" DROP COLUMN IF EXISTS c${random.between(1, 4)}`,
  () => `CREATE TABLE IF NOT EXISTS "AO_2_COPY" AS TABLE "AO_1_THING"`,
  () => `DROP TABLE IF EXISTS "AO_2_COPY"`,
];

/** Changes rows and files of the site here and there. With `large`, more new files than one pack holds. Returns the bytes of new files. */
export async function editSite(world: World, large: boolean): Promise<number> {
  const { random, sourceClient } = world;
  world.edits++;
  await sourceClient.query('SET search_path TO public');
  for (let i = random.between(1, 4); i > 0; i--) await sourceClient.query(random.pick(statements)(world));
  const folder = join(world.source.home, extra);
  await mkdir(folder, { recursive: true });
  const there = await readdir(folder);
  const isTooMany = there.length > mostFiles;
  for (const name of there)
    if (name.startsWith('large') || random.chance(isTooMany ? 0.6 : 0.1)) await rm(join(folder, name), { recursive: true });
  if (random.chance(0.3)) await writeFile(join(world.source.home, 'keys', 'site.key'), random.bytes(64));
  let bytes = 0;
  const write = async (name: string, length: number) => {
    bytes += length;
    await writeFile(join(folder, name), random.bytes(length));
  };
  for (let i = random.between(0, 4); i > 0; i--) await write(`${world.edits}-${i}`, random.between(0, 200_000));
  if (large) for (let i = 0; i < 3; i++) await write(`large-${world.edits}-${i}`, 12_000_000);
  return bytes;
}

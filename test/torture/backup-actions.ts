import { ChunkIndex } from '#vault/chunks/chunk-index.ts';
import { adoptPacks, listPacks } from '#vault/chunks/load-index.ts';
import { listSnapshots } from '#vault/snapshots/list-snapshots.ts';
import type { Killer } from './attempt.ts';
import { type Allowed, checkNoRemains, checkWorld } from './check-vault.ts';
import { editSite } from './edit-site.ts';
import { demand } from './violation.ts';
import { stateNow, type World } from './world.ts';

export const vaultOf = (world: World) => ['--vault', world.vaultFolder];
export const siteOf = ({ databaseUrl, home }: { databaseUrl: string; home: string }) => [
  '--database',
  databaseUrl,
  '--home',
  home,
];

/** Edits the site, then backs it up, killed; a second one uses what the first has stored. */
export async function backUp(world: World, killer: Killer, full: boolean): Promise<string> {
  const large = world.random.chance(0.12);
  if (large || world.random.chance(0.85)) await editSite(world, large);
  const fresh = await freshSite(world);
  const args = ['backup', ...siteOf(world.source), ...vaultOf(world), ...(full ? ['--full'] : [])];
  const name = `${full ? 'full ' : ''}backup${large ? ' of much' : ''}`;
  const before = await listPacks(world.vault.store);
  const first = await killer.attempt(name, args);
  const made = await checkWorld(world, { fresh: { ...fresh, most: 1 } });
  demand(first.wasKilled || made.length === 1, 'a backup that was not killed is not visible');
  if (!first.wasKilled) return first.text;
  const left = await chunksIn(world, (pack) => !before.has(pack));
  const between = await listPacks(world.vault.store);
  await killer.finish(name, args);
  const again = await checkWorld(world, { fresh: { ...fresh, most: 1 } });
  demand(again.length === 1, 'the backup after a killed one is not visible');
  const twice = await chunksIn(world, (pack) => !between.has(pack));
  const stored = [...twice].filter((chunk) => left.has(chunk)).length;
  demand(stored === 0, `${stored} of ${left.size} chunks that a killed backup had stored were stored again`);
  await checkNoRemains(world);
  return `${first.text}${made.length > 0 ? ', visible' : `, ${left.size} chunks used again`}`;
}

export async function importXml(world: World, killer: Killer): Promise<string> {
  const args = ['import', world.backup, ...vaultOf(world)];
  const fresh: Allowed = { fresh: { known: { kind: 'import', state: null }, rootsKey: 'import', most: 1 } };
  const first = await killer.attempt('import', args);
  const made = await checkWorld(world, fresh);
  demand(first.wasKilled || made.length === 1, 'an import that was not killed is not visible');
  if (first.wasKilled) await killer.finish('import', args);
  if (first.wasKilled) demand((await checkWorld(world, fresh)).length === 1, 'the import after a killed one is not visible');
  await checkNoRemains(world);
  return `${first.text}${first.wasKilled && made.length > 0 ? ', visible' : ''}`;
}

/** What a snapshot of the site as it is now must hold. */
export async function freshSite(world: World) {
  return { known: { kind: 'site' as const, state: await stateNow(world) }, rootsKey: `edit ${world.edits}` };
}

/** Makes sure that there is something to work with. */
export async function needSnapshots(world: World, killer: Killer, least: number): Promise<void> {
  const count = () => [...world.known.values()].filter(({ kind }) => kind === 'site').length;
  while (count() < least) {
    await editSite(world, false);
    const fresh = await freshSite(world);
    await killer.finish('backup', ['backup', ...siteOf(world.source), ...vaultOf(world)]);
    await checkWorld(world, { fresh: { ...fresh, most: 1 } });
  }
}

export async function knownSnapshots(world: World) {
  return (await listSnapshots(world.vault)).snapshots;
}

/** Ids of the chunks in packs of the store. */
async function chunksIn({ vault }: World, wanted: (pack: string) => boolean): Promise<Set<string>> {
  const avoid = new Set([...(await listPacks(vault.store)).keys()].filter((pack) => !wanted(pack)));
  const chunks = new Set<string>();
  await adoptPacks(vault.store, vault.keys.pack, new ChunkIndex(), {
    avoid,
    take: ({ entries }) => {
      for (const { digest, kind } of entries) chunks.add(`${kind} ${digest.toString('hex')}`);
    },
  });
  return chunks;
}

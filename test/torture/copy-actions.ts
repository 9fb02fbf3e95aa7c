import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openReader } from '#vault/read-session.ts';
import { listSnapshots, readContents } from '#vault/snapshots/list-snapshots.ts';
import { openStore } from '#vault/store/open-store.ts';
import { openVault } from '#vault/vault.ts';
import type { Killer } from './attempt.ts';
import { needSnapshots, vaultOf } from './backup-actions.ts';
import { checkClean, checkFiles } from './check-vault.ts';
import { demand } from './violation.ts';
import { holder, type World } from './world.ts';

const secret = 'passphrase of the second vault';
/** More snapshots in the second vault are too many for a quick round: another one is made. */
const most = 8;

/** Copies snapshots to a second vault: what is visible there is complete, and a second copy completes the rest. */
export async function copyAway(world: World, killer: Killer): Promise<string> {
  await needSnapshots(world, killer, 2);
  if (existsSync(world.secondVault) && (await readdir(join(world.secondVault, 'snapshots')).catch(() => [])).length > most)
    await rm(world.secondVault, { recursive: true });
  if (!existsSync(join(world.secondVault, 'config')))
    await killer.finish('vault init', ['vault', 'init', '--vault', world.secondVault], { OXBOW_PASSPHRASE: secret });
  const sites = [...world.known].filter(([, { kind }]) => kind === 'site').map(([id]) => id);
  const ids = world.random.some(sites, 1).slice(0, 4);
  const args = ['copy', ...ids, ...vaultOf(world), '--to', world.secondVault];
  const first = await killer.attempt('copy', args, { OXBOW_TO_PASSPHRASE: secret });
  const copies = await checkCopies(world);
  demand(first.wasKilled || ids.every((id) => copies.includes(id)), 'a snapshot that was copied is not there');
  if (first.wasKilled) await killer.finish('copy', args, { OXBOW_TO_PASSPHRASE: secret });
  const all = await checkCopies(world);
  demand(
    ids.every((id) => all.filter((one) => one === id).length === 1),
    'a copy after a killed one is not there, or there twice',
  );
  return `of ${ids.length} snapshots, ${first.text}`;
}

/** Verifies the second vault; gives the ids of the snapshots that it has copies of. */
async function checkCopies(world: World): Promise<string[]> {
  const vault = await openVault(await openStore(world.secondVault, { now: world.context.now }, {}), secret, holder);
  await checkClean(vault, true, world);
  const reader = await openReader(vault);
  const ids: string[] = [];
  for (const snapshot of (await listSnapshots(vault)).snapshots) {
    const id = snapshot.copyOf!.snapshot;
    ids.push(id);
    const state = world.known.get(id)?.state;
    if (state) await checkFiles(reader, await readContents(reader, snapshot), state.files, snapshot.id);
  }
  return ids;
}

/** Writes an XML backup of a snapshot: it is there whole, or not at all. */
export async function exportOut(world: World, killer: Killer): Promise<string> {
  await needSnapshots(world, killer, 1);
  const id = world.random.pick([...world.known.keys()]);
  const path = join(world.exportFolder, 'export.zip');
  await rm(world.exportFolder, { recursive: true });
  await mkdir(world.exportFolder);
  const args = ['export', id, ...vaultOf(world), '--output', path];
  const first = await killer.attempt('export', args);
  if (existsSync(path)) await killer.finish('inspect', ['inspect', path]);
  else demand(first.wasKilled, 'an export that was not killed is not there');
  if (first.wasKilled) await killer.finish('export', args);
  await killer.finish('inspect', ['inspect', path]);
  const others = (await readdir(world.exportFolder)).filter((name) => name !== 'export.zip');
  demand(others.length === 0, `an export left something beside: ${others.join(', ')}`);
  return `${first.text}`;
}

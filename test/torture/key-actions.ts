import type { Killer } from './attempt.ts';
import { vaultOf } from './backup-actions.ts';
import { checkWorld } from './check-vault.ts';
import { demand } from './violation.ts';
import { tryPassphrase, type World } from './world.ts';

/** Another passphrase in the place of the old one, killed: the old one or the new one opens the vault. Then once more. */
export async function changePassphrase(world: World, killer: Killer): Promise<string> {
  const old = world.passphrase;
  const next = `passphrase of round ${world.round}`;
  const args = ['vault', 'key', 'change', ...vaultOf(world)];
  const first = await killer.attempt('key change', args, { OXBOW_NEW_PASSPHRASE: next });
  const opens = { old: await tryPassphrase(world, old), next: await tryPassphrase(world, next) };
  demand(opens.old !== null || opens.next !== null, 'neither the old passphrase nor the new one opens the vault');
  if (!first.wasKilled) demand(opens.next !== null && !opens.old, 'after a change of the passphrase the new one alone must open');
  await reopen(world, opens.old ? old : next);
  if (opens.old) await killer.finish('key change', args, { OXBOW_NEW_PASSPHRASE: next });
  demand((await tryPassphrase(world, old)) === null, 'the passphrase that was changed opens the vault');
  await reopen(world, next);
  await removeOthers(world, killer);
  const which = [opens.old ? 'old' : '', opens.next ? 'new' : ''].filter((one) => one !== '').join(' and ');
  return `${first.text}, ${which} opens`;
}

/** A further passphrase, then its removal, both killed: the first one always opens. */
export async function addAndRemoveKey(world: World, killer: Killer): Promise<string> {
  const further = `further passphrase ${world.round}`;
  const args = ['vault', 'key', 'add', ...vaultOf(world)];
  const first = await killer.attempt('key add', args, { OXBOW_NEW_PASSPHRASE: further });
  await reopen(world, world.passphrase);
  if (first.wasKilled) await killer.finish('key add', args, { OXBOW_NEW_PASSPHRASE: further });
  demand((await tryPassphrase(world, further)) !== null, 'the further passphrase does not open the vault');
  const { others } = await keysOf(world, killer);
  const second = await killer.attempt('key remove', ['vault', 'key', 'remove', others[0], ...vaultOf(world)]);
  await reopen(world, world.passphrase);
  await removeOthers(world, killer);
  demand((await tryPassphrase(world, further)) === null, 'a passphrase that was removed opens the vault');
  return `${first.text}; remove ${second.text}`;
}

async function reopen(world: World, passphrase: string): Promise<void> {
  const vault = await tryPassphrase(world, passphrase);
  demand(vault !== null, 'a passphrase that must open the vault does not');
  world.vault = vault;
  world.passphrase = passphrase;
  await checkWorld(world);
}

async function keysOf(world: World, killer: Killer): Promise<{ others: string[] }> {
  const { json } = await killer.finish('key list', ['vault', 'key', 'list', ...vaultOf(world)]);
  const { keys, openedWith } = json as unknown as { keys: string[]; openedWith: { id: string } };
  return { others: keys.filter((id) => id !== openedWith.id) };
}

/** Keys that a killed command left. */
async function removeOthers(world: World, killer: Killer): Promise<void> {
  for (const id of (await keysOf(world, killer)).others)
    await killer.finish('key remove', ['vault', 'key', 'remove', id, ...vaultOf(world)]);
  await reopen(world, world.passphrase);
}

import type { Command } from 'commander';
import { makeVault, newPassphrase, openChosenVault, type VaultChoice } from '#app/open-vault.ts';
import { lockVault, unlockVault } from '#vault/leases/operator-lock.ts';
import { vaultStatus } from '#vault/maintenance/status.ts';
import { addKey, changeKey, listKeys, removeKey } from '#vault/vault-keyring.ts';
import { command } from '../command-context.ts';
import { parseCount, surroundings, withVault, withVaultOptions } from '../vault-options.ts';
import { statusText } from '../vault-text.ts';

interface InitOptions extends VaultChoice {
  label: string;
  lockDays?: number;
  like?: string;
  likePassphraseFile?: string;
}

/** oxbow vault init|status|key|lock|unlock */
export function addVault(program: Command): void {
  const vault = program
    .command('vault')
    .description('the encrypted, deduplicated store of snapshots: make one, its state, its passphrases');
  withVaultOptions(vault.command('init'))
    .description('make a vault in a folder or a bucket. Whoever loses all its passphrases loses what is in it')
    .option('--label <text>', 'what to call the passphrase', 'first')
    .option(
      '--lock-days <days>',
      'where the bucket has object lock: nobody can delete what is written for so many days',
      parseCount,
    )
    .option('--like <location>', 'another vault to cut rows and files like: then copies between the two need not be cut anew')
    .option('--like-passphrase-file <file>', 'its passphrase (default: the same passphrase)')
    .action(
      command(async (run, options: InitOptions) => {
        const { label, lockDays } = options;
        const other = { ...options, vault: options.like, passphraseFile: options.likePassphraseFile ?? options.passphraseFile };
        const like = options.like ? await openChosenVault(other, surroundings(run)) : null;
        const choice = { label, ...(lockDays ? { lockDays } : {}), ...(like ? { like } : {}) };
        const made = await makeVault(options, choice, surroundings(run));
        await like?.store.close();
        await made.store.close();
        const { location } = made.store;
        run.print({ location, ...made.config, key: made.slot.id }, `Made the vault ${location} (${made.config.id}).`);
        return 0;
      }),
    );
  withVaultOptions(vault.command('status'))
    .description('what the vault is, how much is in it, who works on it')
    .action(
      command(async (run, options: VaultChoice) => {
        const status = await withVault(run, options, vaultStatus);
        run.print(status, statusText(status));
        return 0;
      }),
    );
  addKeyCommands(vault.command('key').description('the passphrases of the vault: each opens all of it, none is stored'));
  withVaultOptions(vault.command('lock'))
    .description('lock the vault against backups, prune and forget until it is unlocked; reading and restoring go on')
    .option('--reason <text>', 'why, for others', 'locked by an operator')
    .action(
      command(async (run, options: VaultChoice & { reason: string }) => {
        await withVault(run, options, (opened) => lockVault(opened, options.reason, run.context.now));
        run.print({ locked: true, reason: options.reason }, 'The vault is locked. Unlock it with: oxbow vault unlock');
        return 0;
      }),
    );
  withVaultOptions(vault.command('unlock'))
    .description('remove the locks of operators')
    .option('--all', 'also the leases of work that goes on or was killed elsewhere: only when you know that it is dead')
    .action(
      command(async (run, options: VaultChoice & { all?: boolean }) => {
        const removed = await withVault(run, options, (opened) => unlockVault(opened, options.all === true));
        run.print(
          { removed },
          removed.length > 0
            ? removed.map((lease) => `Removed: ${lease.purpose}, since ${lease.since}`).join('\n')
            : 'It was not locked.',
        );
        return 0;
      }),
    );
}

function addKeyCommands(key: Command): void {
  const newFile = 'a file whose first line is the new passphrase (default: $OXBOW_NEW_PASSPHRASE, or asked for)';
  withVaultOptions(key.command('list'))
    .description('the keys of the vault')
    .action(
      command(async (run, options: VaultChoice) => {
        const { keys, slot } = await withVault(run, options, async (opened) => ({
          keys: await listKeys(opened),
          slot: opened.slot,
        }));
        const lines = keys.map((id) =>
          id === slot.id ? `${id}  '${slot.label}', made ${slot.createdAt}: opened with this one` : id,
        );
        run.print({ keys, openedWith: slot }, lines.join('\n'));
        return 0;
      }),
    );
  withVaultOptions(key.command('add'))
    .description('a further passphrase')
    .option('--new-passphrase-file <file>', newFile)
    .option('--label <text>', 'what to call it', 'further')
    .action(
      command(async (run, options: VaultChoice & { newPassphraseFile?: string; label: string }) => {
        const id = await withVault(run, options, async (opened) => {
          const passphrase = await newPassphrase(options.newPassphraseFile, surroundings(run));
          return await addKey(opened, passphrase, options.label, run.context.now());
        });
        run.print({ added: id }, `Added the key ${id}.`);
        return 0;
      }),
    );
  withVaultOptions(key.command('remove <id>'))
    .description('take a passphrase its power; its beginning is enough')
    .action(
      command(async (run, id: string, options: VaultChoice) => {
        const removed = await withVault(run, options, (opened) => removeKey(opened, id));
        run.print({ removed }, `Removed the key ${removed}.`);
        return 0;
      }),
    );
  withVaultOptions(key.command('change'))
    .description('another passphrase in the place of this one; no data is encrypted again')
    .option('--new-passphrase-file <file>', newFile)
    .action(
      command(async (run, options: VaultChoice & { newPassphraseFile?: string }) => {
        const id = await withVault(run, options, async (opened) => {
          const passphrase = await newPassphrase(options.newPassphraseFile, surroundings(run));
          return await changeKey(opened, passphrase, run.context.now());
        });
        run.print({ key: id }, `The passphrase is changed; its key is ${id}.`);
        return 0;
      }),
    );
}

import type { Command } from 'commander';
import { openChosenVault, type VaultChoice } from '#app/open-vault.ts';
import { copySnapshots } from '#vault/maintenance/copy-snapshots.ts';
import { findSnapshot, type ListedSnapshot, listSnapshots } from '#vault/snapshots/list-snapshots.ts';
import { shortId } from '#vault/snapshots/snapshot.ts';
import type { Vault } from '#vault/vault.ts';
import { command } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { bytes } from '../terminal-progress.ts';
import { surroundings, withVault, withVaultOptions } from '../vault-options.ts';

interface Options extends VaultChoice {
  to: string;
  toPassphraseFile?: string;
}

/** oxbow copy [SNAPSHOT...] --to LOCATION */
export function addCopy(program: Command): void {
  withVaultOptions(program.command('copy [snapshots...]'))
    .description('copy snapshots (default: all) to a second vault; what is there already is not copied again')
    .requiredOption('--to <location>', 'the second vault: a folder or s3://bucket/prefix')
    .option(
      '--to-passphrase-file <file>',
      'a file whose first line is its passphrase (default: $OXBOW_TO_PASSPHRASE, or the same passphrase)',
    )
    .action(
      command(async (run, names: string[], options: Options) => {
        const around = surroundings(run);
        const env = { ...run.env, OXBOW_PASSPHRASE: run.env.OXBOW_TO_PASSPHRASE ?? run.env.OXBOW_PASSPHRASE };
        const second = { ...options, vault: options.to, passphraseFile: options.toPassphraseFile ?? options.passphraseFile };
        const report = await withVault(run, options, async (from) => {
          const to = await openChosenVault(second, { ...around, env });
          try {
            return await copySnapshots(from, to, await chosen(from, names), run.context);
          } finally {
            await to.store.close();
          }
        });
        const lines = [
          ...report.copied.map((one) => `${shortId(one.from)} copied as ${shortId(one.to)}, ${bytes(one.storedBytes)} stored`),
          ...report.skipped.map((one) => `${shortId(one.from)} is there already as ${shortId(one.to)}`),
          ...report.failed.map((one) => `${shortId(one.from)} NOT COPIED: ${one.message}`),
        ];
        run.print(report, lines.join('\n') || 'There are no snapshots to copy.');
        return report.failed.length > 0 ? exitCodes.problemsFound : exitCodes.done;
      }),
    );
}

async function chosen(vault: Vault, names: string[]): Promise<ListedSnapshot[]> {
  if (names.length === 0) return (await listSnapshots(vault)).snapshots;
  const found: ListedSnapshot[] = [];
  for (const name of names) found.push(await findSnapshot(vault, name));
  return found;
}

import { type Command, InvalidArgumentError, Option } from 'commander';
import { openChosenVault, type VaultChoice } from '#app/open-vault.ts';
import { locateDamage } from '#flows/inspect/locate-damage.ts';
import { checkVault } from '#vault/maintenance/check.ts';
import { repairVault } from '#vault/maintenance/repair.ts';
import { openReader } from '#vault/read-session.ts';
import type { Vault } from '#vault/vault.ts';
import { type CommandRun, command } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { surroundings, withVault, withVaultOptions } from '../vault-options.ts';
import { checkText, repairText } from '../vault-text.ts';

/** oxbow check, oxbow repair */
export function addCheck(program: Command): void {
  withVaultOptions(program.command('check'))
    .description('verify a vault: that everything is there, and with --data that every byte is what was written')
    .addOption(dataShare())
    .action(
      command(async (run, options: VaultChoice & { share?: number | true }) => {
        const { report, touched } = await withVault(run, options, async (vault) => {
          const data = options.share === true ? 1 : (options.share ?? 0);
          const report = await checkVault(vault, { data, random: Math.random }, run.context);
          const touched = report.damage.length > 0 ? await locateDamage(vault, await openReader(vault), report.damage) : [];
          return { report, touched };
        });
        run.print({ ...report, touched }, checkText(report, touched));
        return report.ok ? exitCodes.done : exitCodes.problemsFound;
      }),
    );
  withVaultOptions(program.command('repair'))
    .description('save what can be saved of a damaged vault, and say what cannot')
    .option('--dry-run', 'only say what would be done')
    .option('--keep-snapshots', 'leave snapshots that lost something as they are: a backup may bring it back')
    .option('--from <location>', 'a second vault with copies of the snapshots: what is lost is taken from there')
    .option('--from-passphrase-file <file>', 'a file whose first line is its passphrase (default: the same passphrase)')
    .option('--watch', 'watch the leases of other hosts for a minute and a half, to tell which are dead')
    .action(
      command(async (run, options: RepairOptions) => {
        const { report, touched } = await withVault(run, options, async (vault) => {
          const from = options.from ? await openSecond(run, options) : null;
          try {
            const { dryRun, keepSnapshots, watch } = options;
            const choice = { dryRun: dryRun === true, keepSnapshots: keepSnapshots === true, watch: watch === true };
            const report = await repairVault(vault, { ...choice, ...(from ? { from } : {}) }, run.context);
            const damage = report.snapshots.map((snapshot) => snapshot.damage);
            const replaced = new Map(report.snapshots.map((one) => [one.damage.snapshot, one.replacedBy]));
            const touched = damage.length > 0 ? await locateDamage(vault, await openReader(vault), damage, replaced) : [];
            return { report, touched };
          } finally {
            await from?.store.close();
          }
        });
        run.print({ ...report, touched }, repairText(report, touched));
        return report.snapshots.length > 0 ? exitCodes.problemsFound : exitCodes.done;
      }),
    );
}

interface RepairOptions extends VaultChoice {
  dryRun?: boolean;
  keepSnapshots?: boolean;
  from?: string;
  fromPassphraseFile?: string;
  watch?: boolean;
}

function openSecond(run: CommandRun, options: RepairOptions): Promise<Vault> {
  const choice = { ...options, vault: options.from, passphraseFile: options.fromPassphraseFile ?? options.passphraseFile };
  return openChosenVault(choice, surroundings(run));
}

/** Everywhere else --data names the data folder: here that stands before the command. */
function dataShare(): Option {
  const option = new Option('--data [share]', 'read and verify the data too: all of it, or a share of the packs (10%)');
  option.attributeName = () => 'share';
  return option.argParser(parseShare);
}

/** "10%" or "10" as 0.1. */
function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim());
  const share = match ? Number(match[1]) / 100 : Number.NaN;
  if (share > 0 && share <= 1) return share;
  throw new InvalidArgumentError('Write a share such as 10%.');
}

import type { Command } from 'commander';
import type { VaultChoice } from '#app/open-vault.ts';
import { prune } from '#vault/maintenance/prune.ts';
import { command } from '../command-context.ts';
import { withVault, withVaultOptions } from '../vault-options.ts';
import { pruneText } from '../vault-text.ts';

/** oxbow prune */
export function addPrune(program: Command): void {
  withVaultOptions(program.command('prune'))
    .description('remove from a vault what no snapshot needs; safe beside backups and restores')
    .option('--dry-run', 'only say what would be removed')
    .option('--watch', 'watch the leases of other hosts for a minute and a half, to tell which are dead')
    .action(
      command(async (run, options: VaultChoice & { dryRun?: boolean; watch?: boolean }) => {
        const report = await withVault(run, options, (vault) =>
          prune(vault, { dryRun: options.dryRun === true, watch: options.watch === true }, run.context),
        );
        run.print(report, pruneText(report));
        return 0;
      }),
    );
}

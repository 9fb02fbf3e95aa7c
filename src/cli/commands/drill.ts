import type { Command } from 'commander';
import { makeDrillSandbox } from '#app/drill-sandbox.ts';
import type { VaultChoice } from '#app/open-vault.ts';
import { drillSnapshot } from '#flows/drill/drill-snapshot.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { command } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { duration } from '../terminal-progress.ts';
import { withVault, withVaultOptions } from '../vault-options.ts';
import { drillText } from '../vault-text.ts';

/** oxbow drill SNAPSHOT */
export function addDrill(program: Command): void {
  withVaultOptions(program.command('drill <snapshot>'))
    .description('prove that a snapshot restores: restore it into a throw-away sandbox, compare everything, time it, record it')
    .action(
      command(async (run, name: string, options: VaultChoice) => {
        const report = await withVault(run, options, async (vault) => {
          const snapshot = await findSnapshot(vault, name);
          return await drillSnapshot(
            vault,
            snapshot,
            (of) => makeDrillSandbox(run.data, run.context.now(), of),
            { duration },
            run.context,
          );
        });
        run.print(report, drillText(report));
        return report.ok ? exitCodes.done : exitCodes.problemsFound;
      }),
    );
}

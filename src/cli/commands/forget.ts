import type { Command } from 'commander';
import type { VaultChoice } from '#app/open-vault.ts';
import { forgetSnapshots } from '#vault/maintenance/forget.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { shortId } from '#vault/snapshots/snapshot.ts';
import { command } from '../command-context.ts';
import { withVault, withVaultOptions } from '../vault-options.ts';
import { snapshotLine } from '../vault-text.ts';

/** oxbow forget SNAPSHOT... */
export function addForget(program: Command): void {
  withVaultOptions(program.command('forget <snapshots...>'))
    .description('forget snapshots; what no other one needs is removed by oxbow prune')
    .option('--dry-run', 'only say which')
    .action(
      command(async (run, names: string[], options: VaultChoice & { dryRun?: boolean }) => {
        const found = await withVault(run, options, async (vault) => {
          const snapshots = [];
          for (const name of names) snapshots.push(await findSnapshot(vault, name));
          const unique = [...new Map(snapshots.map((snapshot) => [snapshot.id, snapshot])).values()];
          if (!options.dryRun) await forgetSnapshots(vault, unique);
          return unique;
        });
        run.print(
          { dryRun: options.dryRun === true, forgotten: found.map((snapshot) => snapshot.id) },
          options.dryRun
            ? found.map(snapshotLine).join('\n')
            : `Forgot ${found.map((snapshot) => shortId(snapshot.id)).join(', ')}. oxbow prune frees their room.`,
        );
        return 0;
      }),
    );
}

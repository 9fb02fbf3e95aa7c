import type { Command } from 'commander';
import type { VaultChoice } from '#app/open-vault.ts';
import { listSnapshots } from '#vault/snapshots/list-snapshots.ts';
import { command } from '../command-context.ts';
import { collect } from '../site-options.ts';
import { withVault, withVaultOptions } from '../vault-options.ts';
import { snapshotLine } from '../vault-text.ts';

interface Options extends VaultChoice {
  of?: string;
  tag?: string[];
}

/** oxbow snapshots */
export function addSnapshots(program: Command): void {
  withVaultOptions(program.command('snapshots'))
    .description('the snapshots of a vault, oldest first')
    .option('--of <site>', 'only those of this site')
    .option('--tag <tag>', 'only those with one of these tags (repeatable)', collect)
    .action(
      command(async (run, options: Options) => {
        const { snapshots, damaged } = await withVault(run, options, listSnapshots);
        const wanted = snapshots.filter(
          (one) =>
            (!options.of || one.summary.site === options.of) &&
            (!options.tag || one.tags.some((tag) => options.tag!.includes(tag))),
        );
        const lines = wanted.map(snapshotLine);
        for (const { key, reason } of damaged) lines.push(`${key} CANNOT BE READ: ${reason}`);
        run.print(
          { snapshots: wanted, damaged },
          lines.length > 0 ? lines.join('\n') : 'There are no snapshots. Make one with: oxbow backup --site NAME',
        );
        return 0;
      }),
    );
}

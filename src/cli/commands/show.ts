import type { Command } from 'commander';
import type { VaultChoice } from '#app/open-vault.ts';
import { showPage, showSnapshot } from '#flows/inspect/show-snapshot.ts';
import { openReader } from '#vault/read-session.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { command } from '../command-context.ts';
import { withVault, withVaultOptions } from '../vault-options.ts';
import { pageText, shownText } from '../vault-text.ts';

/** oxbow show SNAPSHOT [--page ID] */
export function addShow(program: Command): void {
  withVaultOptions(program.command('show <snapshot>'))
    .description('what a snapshot holds: spaces, tables, what its backup reported; or one page of it')
    .option('--page <id>', 'one page, blog post or comment with its body, as it was then')
    .action(
      command(async (run, name: string, options: VaultChoice & { page?: string }) => {
        await withVault(run, options, async (vault) => {
          const snapshot = await findSnapshot(vault, name);
          const reader = await openReader(vault);
          if (options.page === undefined) {
            const shown = await showSnapshot(reader, snapshot);
            run.print(shown, shownText(shown));
          } else {
            const page = await showPage(reader, snapshot, options.page);
            run.print(page, pageText(page));
          }
        });
        return 0;
      }),
    );
}

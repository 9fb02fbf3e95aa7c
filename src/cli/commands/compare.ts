import type { Command } from 'commander';
import { openSite, type SiteChoice } from '#app/open-site.ts';
import type { VaultChoice } from '#app/open-vault.ts';
import { compareSnapshots, compareWithSite } from '#flows/inspect/compare.ts';
import { listSandboxes } from '#sites/live/sandbox/sandbox.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { command } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { withSiteOptions } from '../site-options.ts';
import { withVault, withVaultOptions } from '../vault-options.ts';
import { compareText } from '../vault-text.ts';

interface Options extends SiteChoice, VaultChoice {}

/** oxbow compare SNAPSHOT SNAPSHOT|SITE */
export function addCompare(program: Command): void {
  withVaultOptions(withSiteOptions(program.command('compare <before> [after]')))
    .description('what was added, changed and removed from a snapshot to another one, or to a live site as it is now')
    .action(
      command(async (run, before: string, after: string | undefined, options: Options) => {
        const report = await withVault(run, options, async (vault) => {
          const first = await findSnapshot(vault, before);
          const isSite = after === undefined || (await listSandboxes(run.data)).includes(after);
          const second = isSite ? null : await findSnapshot(vault, after);
          if (second) return await compareSnapshots(vault, first, second, run.context);
          const opened = await openSite(run.data, after === undefined ? options : { ...options, site: after }, run.env);
          try {
            return await compareWithSite(vault, first, opened.site, run.context);
          } finally {
            await opened.close();
          }
        });
        run.print(report, compareText(report));
        return report.equal ? exitCodes.done : exitCodes.problemsFound;
      }),
    );
}

import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { sizeOf } from '#app/file-size.ts';
import { openSite, type SiteChoice } from '#app/open-site.ts';
import type { VaultChoice } from '#app/open-vault.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { exportSnapshot } from '#flows/export/export-snapshot.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { command } from '../command-context.ts';
import { exportText } from '../report-text.ts';
import { collect, withSiteOptions } from '../site-options.ts';
import { withVault, withVaultOptions } from '../vault-options.ts';

interface Options extends SiteChoice, VaultChoice {
  space?: string[];
  attachments: boolean;
  history: boolean;
  trash: boolean;
  dialect: 'current' | 'legacy';
  output: string;
}

/** oxbow export --site NAME --output FILE.zip, oxbow export SNAPSHOT --output FILE.zip */
export function addExport(program: Command): void {
  withVaultOptions(withSiteOptions(program.command('export [snapshot]')))
    .description('write an XML backup of a live site or of a snapshot, or of some of its spaces, as of one moment')
    .requiredOption('--output <file.zip>', 'the XML backup to write')
    .option('--space <key>', 'only this space (repeatable)', collect)
    .option('--no-attachments', 'leave out attachment files')
    .option('--no-history', 'leave out historical versions')
    .option('--no-trash', 'leave out what is in the trash')
    .addOption(
      new Option('--dialect <dialect>', 'current: Data Center 8.3 and later; legacy: up to 8.2')
        .choices(['current', 'legacy'])
        .default('current'),
    )
    .action(
      command(async (run, snapshot: string | undefined, options: Options) => {
        const path = resolve(options.output);
        const { attachments, history, trash, dialect } = options;
        const choice = { spaceKeys: options.space ?? [], attachments, history, trash, dialect };
        if (snapshot !== undefined) {
          const report = await withVault(run, options, async (vault) =>
            exportSnapshot(vault, await findSnapshot(vault, snapshot), path, choice, run.context, sizeOf),
          );
          run.print(report, exportText(report));
          return 0;
        }
        const opened = await openSite(run.data, options, run.env);
        try {
          const report = await exportBackup(opened.site, path, choice, run.context, sizeOf);
          run.print(report, exportText(report));
        } finally {
          await opened.close();
        }
        return 0;
      }),
    );
}

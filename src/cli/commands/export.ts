import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { sizeOf } from '#app/file-size.ts';
import { openSite, type SiteChoice } from '#app/open-site.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { command } from '../command-context.ts';
import { exportText } from '../report-text.ts';
import { collect, withSiteOptions } from '../site-options.ts';

interface Options extends SiteChoice {
  space?: string[];
  attachments: boolean;
  history: boolean;
  trash: boolean;
  dialect: 'current' | 'legacy';
  output: string;
}

/** oxbow export --site NAME --output FILE.zip */
export function addExport(program: Command): void {
  withSiteOptions(program.command('export'))
    .description('write an XML backup of a live site, or of some of its spaces, as of one moment')
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
      command(async (run, options: Options) => {
        const opened = await openSite(run.data, options, run.env);
        try {
          const report = await exportBackup(
            opened.site,
            resolve(options.output),
            {
              spaceKeys: options.space ?? [],
              attachments: options.attachments,
              history: options.history,
              trash: options.trash,
              dialect: options.dialect,
            },
            run.context,
            sizeOf,
          );
          run.print(report, exportText(report));
        } finally {
          await opened.close();
        }
        return 0;
      }),
    );
}

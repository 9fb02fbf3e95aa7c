import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { sizeOf } from '#app/file-size.ts';
import { openSite, type SiteChoice } from '#app/open-site.ts';
import { readUserMapping, writeUserMapping } from '#app/user-mapping-file.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { restoreBackup } from '#flows/restore/restore-backup.ts';
import { restoreId } from '#flows/restore/restore-outcome.ts';
import { command } from '../command-context.ts';
import { restoreText } from '../report-text.ts';
import { collect, withSiteOptions } from '../site-options.ts';

interface Options extends SiteChoice {
  space?: string[];
  dryRun?: boolean;
  users?: string;
  writeUsers?: string;
  as?: string;
  replace?: boolean;
  acceptVersion?: boolean;
  kind?: 'site' | 'space';
  fromVersion?: string;
  appData: boolean;
}

/** oxbow restore BACKUP --site NAME */
export function addRestore(program: Command): void {
  withSiteOptions(program.command('restore <backup>'))
    .description('restore an XML backup (zip or unpacked folder) into a live site: completely or not at all')
    .option('--space <key>', 'only this space of the backup (repeatable)', collect)
    .option('--dry-run', 'print the plan, change nothing')
    .option('--users <file.csv>', 'which user of the backup is which user of the site (see --write-users)')
    .option('--write-users <file.csv>', 'with --dry-run: write the mapping of users as a file to edit')
    .option('--as <key>', 'restore the space under a new key')
    .option('--replace', 'replace the space that the site has; a safety backup of it is written first')
    .option('--accept-version', 'restore a site backup of another version')
    .addOption(new Option('--kind <kind>', 'what an unpacked folder without a descriptor is').choices(['site', 'space']))
    .option('--from-version <version>', 'the version that wrote a backup which does not say so')
    .option('--without-app-data', 'leave out the tables of apps')
    .action(
      command(async (run, backup: string, options: Options & { withoutAppData?: boolean }) => {
        const opened = await openSite(run.data, options, run.env);
        const { site } = opened;
        try {
          const report = await restoreBackup(
            backup,
            site,
            {
              dryRun: options.dryRun === true,
              acceptVersion: options.acceptVersion === true,
              replace: options.replace === true,
              appData: options.withoutAppData !== true,
              spaceKeys: options.space ?? [],
              users: options.users ? await readUserMapping(options.users) : [],
              ...(options.as ? { asKey: options.as } : {}),
              ...(options.kind ? { kind: options.kind } : {}),
              ...(options.fromVersion ? { fromVersion: options.fromVersion } : {}),
              safetyBackup: async (spaceKeys) => {
                const folder = join(site.home, 'restore', 'space');
                await mkdir(folder, { recursive: true });
                const path = join(
                  folder,
                  `before-replace-${spaceKeys
                    .join('-')
                    .replace(/[^\w~-]/g, '_')
                    .slice(0, 80)}-${restoreId(run.context.now())}.zip`,
                );
                return (await exportBackup(site, path, { spaceKeys }, run.context, sizeOf)).path;
              },
            },
            run.context,
          );
          if (options.writeUsers) await writeUserMapping(options.writeUsers, report);
          run.print(report, restoreText(report));
        } finally {
          await opened.close();
        }
        return 0;
      }),
    );
}

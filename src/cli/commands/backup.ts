import { type Command, Option } from 'commander';
import { openSite, type SiteChoice } from '#app/open-site.ts';
import type { VaultChoice } from '#app/open-vault.ts';
import { backupSite } from '#flows/backup/backup-site.ts';
import { backupSpaces } from '#flows/backup/backup-spaces.ts';
import { command } from '../command-context.ts';
import { collect, withSiteOptions } from '../site-options.ts';
import { parseBytes, parseCount, withVault, withVaultOptions } from '../vault-options.ts';
import { backupText } from '../vault-text.ts';

interface Options extends SiteChoice, VaultChoice {
  tag?: string[];
  space?: string[];
  full?: boolean;
  fullEvery: number;
  limitRate?: number;
  installFiles: 'changed' | 'all';
  installStock?: string;
  readers?: number;
}

/** oxbow backup --site NAME --vault V */
export function addBackup(program: Command): void {
  withVaultOptions(withSiteOptions(program.command('backup')))
    .description('back a live site up into a vault: database, home and install directory as of one moment, while it is in use')
    .option('--tag <tag>', 'a tag of the snapshot (repeatable)', collect)
    .option('--space <key>', 'only this space (repeatable)', collect)
    .option('--full', 'read every row and every file again, whatever seems unchanged')
    .option('--full-every <days>', 'read every row of a table again after so many days', parseCount, 7)
    .option('--limit-rate <bytes>', 'read at most so much of the site a second: 20M', parseBytes)
    .option(
      '--readers <number>',
      'sessions that read the database at the same time (default: half of the processors, at most 2)',
      parseCount,
    )
    .addOption(
      new Option('--install-files <which>', 'of the install directory: what differs from a stock one, or all')
        .choices(['changed', 'all'])
        .default('changed'),
    )
    .option('--install-stock <folder>', 'an unpacked stock install directory to compare with')
    .action(
      command(async (run, { limitRate, ...options }: Options) => {
        const opened = await openSite(run.data, options, run.env);
        try {
          const report = await withVault(run, options, async (vault) => {
            const tags = options.tag ?? [];
            if (options.space?.length)
              return await backupSpaces(opened.site, vault, { spaceKeys: options.space, tags }, run.context);
            return await backupSite(
              opened.site,
              vault,
              {
                tags,
                full: options.full === true,
                fullReadDays: options.fullEvery,
                installFiles: options.installFiles,
                installStock: options.installStock,
                rateLimit: limitRate,
                ...(options.readers === undefined ? {} : { readers: Math.max(1, options.readers) }),
              },
              run.context,
            );
          });
          run.print(report, backupText(report));
        } finally {
          await opened.close();
        }
        return 0;
      }),
    );
}

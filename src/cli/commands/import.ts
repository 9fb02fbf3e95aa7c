import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { VaultChoice } from '#app/open-vault.ts';
import { importBackup } from '#flows/backup/import-backup.ts';
import { command } from '../command-context.ts';
import { collect } from '../site-options.ts';
import { withVault, withVaultOptions } from '../vault-options.ts';
import { backupText } from '../vault-text.ts';

interface Options extends VaultChoice {
  tag?: string[];
  name?: string;
  kind?: 'site' | 'space';
  fromVersion?: string;
}

/** oxbow import BACKUP --vault V */
export function addImport(program: Command): void {
  withVaultOptions(program.command('import <backup>'))
    .description('store an existing XML backup (zip or unpacked folder) in a vault, losing nothing of it')
    .option('--tag <tag>', 'a tag of the snapshot (repeatable)', collect)
    .option('--name <site>', 'the site that it is of (default: the name of the file)')
    .addOption(new Option('--kind <kind>', 'what an unpacked folder without a descriptor is').choices(['site', 'space']))
    .option('--from-version <version>', 'the version that wrote a backup which does not say so')
    .action(
      command(async (run, backup: string, options: Options) => {
        const { kind, fromVersion } = options;
        const report = await withVault(run, options, (vault) =>
          importBackup(
            resolve(backup),
            vault,
            {
              tags: options.tag ?? [],
              siteName: options.name ?? basename(backup, '.zip'),
              ...(kind ? { kind } : {}),
              ...(fromVersion ? { fromVersion } : {}),
            },
            run.context,
          ),
        );
        run.print(report, backupText(report));
        return 0;
      }),
    );
}

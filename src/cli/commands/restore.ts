import { access } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { openSite, type SiteChoice } from '#app/open-site.ts';
import type { VaultChoice } from '#app/open-vault.ts';
import { writeSafetyBackup } from '#app/safety-backup.ts';
import { readUserMapping, writeUserMapping } from '#app/user-mapping-file.ts';
import { OxbowError } from '#base/errors.ts';
import { type RestoreOptions, restoreBackup } from '#flows/restore/restore-backup.ts';
import type { RestoreReport } from '#flows/restore/restore-report.ts';
import { restoreSnapshot } from '#flows/restore/restore-snapshot.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { type CommandRun, command } from '../command-context.ts';
import { restoreText } from '../report-text.ts';
import { collect, withSiteOptions } from '../site-options.ts';
import { parseCount, withVault, withVaultOptions } from '../vault-options.ts';
import { wholeRestoreText } from '../vault-text.ts';

interface Options extends SiteChoice, VaultChoice {
  space?: string[];
  dryRun?: boolean;
  users?: string;
  writeUsers?: string;
  as?: string;
  replace?: boolean;
  skipExisting?: boolean;
  mapGroup?: string[];
  acceptVersion?: boolean;
  kind?: 'site' | 'space';
  fromVersion?: string;
  withoutAppData?: boolean;
  copy?: boolean;
  baseUrl?: string;
  installTo?: string;
  localHomeTo?: string;
  jobs: number;
}

/** oxbow restore BACKUP --site NAME, oxbow restore SNAPSHOT --vault V --site NAME */
export function addRestore(program: Command): void {
  withVaultOptions(withSiteOptions(program.command('restore <backup>')))
    .description(
      'restore a snapshot of a vault, or an XML backup (zip or unpacked folder), into a live site: completely or not at all',
    )
    .option('--space <key>', 'only this space of the backup (repeatable)', collect)
    .option('--dry-run', 'print the plan, change nothing')
    .option('--users <file.csv>', 'which user of the backup is which user of the site (see --write-users)')
    .option('--write-users <file.csv>', 'with --dry-run: write the mapping of users as a file to edit')
    .option('--as <key>', 'restore the space under a new key')
    .option('--replace', 'replace the space that the site has; a safety backup of it is written first')
    .option('--skip-existing', 'leave a space that the site has as it is, instead of refusing the restore')
    .option('--map-group <backup=site>', 'which group of the backup is which group of the site (repeatable)', collect)
    .option('--accept-version', 'restore a site backup of another version')
    .addOption(new Option('--kind <kind>', 'what an unpacked folder without a descriptor is').choices(['site', 'space']))
    .option('--from-version <version>', 'the version that wrote a backup which does not say so')
    .option('--without-app-data', 'leave out the tables of apps (of XML backups)')
    .option(
      '--copy',
      'of a snapshot of a whole site: make a copy that is safe beside its original (mail, links, jobs, tokens off)',
    )
    .option('--base-url <url>', 'with --copy: the address of the copy')
    .option('--install-to <folder>', 'where to put the files of the install directory: a new or empty folder')
    .option('--local-home-to <folder>', 'where to put the files of the local home: a new or empty folder')
    .option('--jobs <number>', 'sessions that load and build at the same time', parseCount, 2)
    .action(
      command(async (run, backup: string, options: Options) => {
        const stagingCopy = copyOf(options);
        const opened = await openSite(run.data, options, run.env);
        const { site } = opened;
        try {
          const choice: RestoreOptions = {
            dryRun: options.dryRun === true,
            acceptVersion: options.acceptVersion === true,
            replace: options.replace === true,
            appData: options.withoutAppData !== true,
            spaceKeys: options.space ?? [],
            skipExisting: options.skipExisting === true,
            groups: groupsOf(options.mapGroup ?? []),
            users: options.users ? await readUserMapping(options.users) : [],
            ...(options.as ? { asKey: options.as } : {}),
            ...(options.kind ? { kind: options.kind } : {}),
            ...(options.fromVersion ? { fromVersion: options.fromVersion } : {}),
            safetyBackup: (spaceKeys) => writeSafetyBackup(site, spaceKeys, run.context),
          };
          if (await isSnapshot(backup, options, run.env)) {
            const more = {
              install: options.installTo ?? null,
              localHome: options.localHomeTo ?? null,
              jobs: Math.max(1, options.jobs),
              ...(stagingCopy ? { stagingCopy } : {}),
            };
            const report = await withVault(run, options, async (vault) =>
              restoreSnapshot(vault, await findSnapshot(vault, backup), site, { ...choice, ...more }, run.context),
            );
            if ('snapshot' in report) {
              run.print(report, wholeRestoreText(report));
              return 0;
            }
            return await finish(run, options, report);
          }
          if (stagingCopy) {
            throw new OxbowError(
              'COPY_NEEDS_SITE',
              '--copy makes a copy of a whole site out of a snapshot, not out of an XML backup.',
              {
                hint: 'Name a snapshot of a vault.',
              },
            );
          }
          return await finish(run, options, await restoreBackup(backup, site, choice, run.context));
        } finally {
          await opened.close();
        }
      }),
    );
}

/** Errors: GROUP_MAPPING_INVALID. */
function groupsOf(lines: string[]): { backupGroup: string; siteGroup: string }[] {
  return lines.map((line) => {
    const [backupGroup, siteGroup, more] = line.split('=').map((name) => name.trim());
    if (backupGroup && siteGroup && more === undefined) return { backupGroup, siteGroup };
    throw new OxbowError('GROUP_MAPPING_INVALID', `"${line}" does not say which group is which.`, {
      hint: 'Write --map-group "group of the backup=group of the site".',
    });
  });
}

async function finish(run: CommandRun, options: Options, report: RestoreReport): Promise<number> {
  if (options.writeUsers) await writeUserMapping(options.writeUsers, report);
  run.print(report, restoreText(report));
  return 0;
}

/** A name is a snapshot's when a vault is named with it, or when there is no such file and the environment names a vault. */
async function isSnapshot(backup: string, options: Options, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (options.vault) return true;
  if (!env.OXBOW_VAULT) return false;
  return !(await access(backup).then(
    () => true,
    () => false,
  ));
}

function copyOf(options: Options): { baseUrl: string } | null {
  if (!options.copy) return null;
  if (options.baseUrl) return { baseUrl: options.baseUrl };
  throw new OxbowError('BASE_URL_INVALID', 'A copy needs an address of its own: its links would lead into the original.', {
    hint: 'Add --base-url https://staging.example.com.',
  });
}

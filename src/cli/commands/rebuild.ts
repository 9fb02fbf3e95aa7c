import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { VaultChoice } from '#app/open-vault.ts';
import { passphraseOf } from '#app/open-vault.ts';
import { type RebuildReport, rebuild } from '#app/rebuild/rebuild.ts';
import { OxbowError } from '#base/errors.ts';
import { command } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { surroundings, withVaultOptions } from '../vault-options.ts';
import { withApplication, withConfigOption } from '../with-application.ts';

interface Options extends VaultChoice {
  config?: string;
  name?: string;
  server?: string;
  enableSchedules?: boolean;
}

/** oxbow rebuild --vault V */
export function addRebuild(program: Command): void {
  withConfigOption(withVaultOptions(program.command('rebuild')))
    .description(
      'build a lost control database again: the snapshots of a vault, and the sites, schedules and channels that a server keeps in it',
    )
    .option('--name <name>', 'what the server is to call the vault (default: as before)')
    .option(
      '--server <address>',
      'whose configuration, when several servers keep theirs in it (default: the one that wrote last)',
    )
    .option('--enable-schedules', 'schedules that were on are on again (default: off, until somebody has looked)')
    .action(
      command(async (run, options: Options) => {
        const location = options.vault ?? run.env.OXBOW_VAULT;
        if (!location)
          throw new OxbowError('VAULT_NOT_NAMED', 'No vault is named.', {
            hint: 'Add --vault FOLDER or --vault s3://bucket/prefix.',
          });
        const vault = {
          location: location.startsWith('s3://') ? location : resolve(location),
          s3Endpoint: options.s3Endpoint ?? run.env.OXBOW_S3_ENDPOINT,
          s3Region: options.s3Region ?? run.env.OXBOW_S3_REGION,
          s3PathStyle: options.s3PathStyle,
          passphrase: await passphraseOf(options, surroundings(run)),
        };
        const { name, server, enableSchedules = false } = options;
        const report = await withApplication(run, options.config, (app) =>
          rebuild(app, vault, { name, server, enable: enableSchedules }),
        );
        run.print(report, rebuildText(report, enableSchedules));
        return report.problems.length > 0 ? exitCodes.problemsFound : exitCodes.done;
      }),
    );
}

function rebuildText(report: RebuildReport, areOn: boolean): string {
  const { from, others, vault, snapshots, sites, schedules, channels, problems, otherVaults, configFile } = report;
  return [
    `${snapshots} snapshots of the vault "${vault}" are known again.`,
    from
      ? `From the configuration of ${from.baseUrl}, kept ${from.written}:`
      : 'No other server keeps its configuration in this vault: add sites with oxbow site add.',
    ...(from
      ? [
          `  sites: ${sites.join(', ') || 'none'}`,
          `  schedules: ${schedules.join(', ') || 'none'}${schedules.length > 0 && !areOn ? ' (switched off)' : ''}`,
          `  channels: ${channels.join(', ') || 'none'}`,
        ]
      : []),
    ...problems.map((problem) => `  NOT brought back: ${problem}`),
    ...(configFile ? [`Its configuration file is ${configFile}: look at it, then run this again with --config.`] : []),
    ...(otherVaults.length > 0 ? [`Add by hand, with their passphrases, the vaults ${otherVaults.join(', ')}.`] : []),
    ...others.map(
      ({ baseUrl, written, server }) => `Also in the vault: ${baseUrl}, kept ${written} (--server ${server.slice(0, 8)})`,
    ),
    'Accounts and tokens are not kept in vaults: oxbow serve makes an administrator and prints his password.',
  ].join('\n');
}

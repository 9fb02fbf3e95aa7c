import type { Command } from 'commander';
import type { VaultChoice } from '#app/open-vault.ts';
import { passphraseOf } from '#app/open-vault.ts';
import { rebuild } from '#app/rebuild/rebuild.ts';
import { OxbowError } from '#base/errors.ts';
import { command } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { surroundings, withVaultOptions } from '../vault-options.ts';
import { withApplication, withConfigOption } from '../with-application.ts';

interface Options extends VaultChoice {
  config?: string;
  name: string;
  enableSchedules?: boolean;
}

/** oxbow rebuild --vault V */
export function addRebuild(program: Command): void {
  withConfigOption(withVaultOptions(program.command('rebuild')))
    .description(
      'build a lost control database again: the snapshots of a vault, and the sites, schedules and channels that it keeps',
    )
    .option('--name <name>', 'what the server is to call the vault', 'main')
    .option('--enable-schedules', 'schedules that were on are on again (default: off, until somebody has looked)')
    .action(
      command(async (run, options: Options) => {
        const location = options.vault ?? run.env.OXBOW_VAULT;
        if (!location)
          throw new OxbowError('VAULT_NOT_NAMED', 'No vault is named.', {
            hint: 'Add --vault FOLDER or --vault s3://bucket/prefix.',
          });
        const passphrase = await passphraseOf(options, surroundings(run));
        const vault = {
          name: options.name,
          location,
          s3Endpoint: options.s3Endpoint ?? run.env.OXBOW_S3_ENDPOINT,
          s3Region: options.s3Region ?? run.env.OXBOW_S3_REGION,
          s3PathStyle: options.s3PathStyle,
          passphrase,
        };
        const report = await withApplication(run, options.config, (app) =>
          rebuild(app, vault, { enable: options.enableSchedules === true }),
        );
        const lines = [
          `${report.snapshots} snapshots are known again.`,
          report.configurationOf === null ? 'The vault keeps no configuration.' : `Configuration of ${report.configurationOf}:`,
          `  sites: ${report.sites.join(', ') || 'none'}`,
          `  schedules: ${report.schedules.join(', ') || 'none'}${options.enableSchedules ? '' : ' (off)'}`,
          `  channels: ${report.channels.join(', ') || 'none'}`,
          ...report.problems.map((problem) => `  NOT brought back: ${problem}`),
          ...(report.otherVaults.length > 0 ? [`Add by hand, with their passphrases: ${report.otherVaults.join(', ')}`] : []),
        ];
        run.print(report, lines.join('\n'));
        return report.problems.length > 0 ? exitCodes.problemsFound : exitCodes.done;
      }),
    );
}

import { type Command, Option } from 'commander';
import { inspectBackup } from '#flows/inspect/inspect-backup.ts';
import { command } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { inspectText } from '../inspect-text.ts';

interface Options {
  kind?: 'site' | 'space';
  fromVersion?: string;
}

/** oxbow inspect BACKUP */
export function addInspect(program: Command): void {
  program
    .command('inspect <backup>')
    .description('say what an XML backup (zip or unpacked folder) holds, what is wrong with it, and whether it can be restored')
    .addOption(new Option('--kind <kind>', 'what an unpacked folder without a descriptor is').choices(['site', 'space']))
    .option('--from-version <version>', 'the version that wrote a backup which does not say so')
    .action(
      command(async (run, backup: string, options: Options) => {
        const report = await inspectBackup(
          backup,
          {
            ...(options.kind ? { kind: options.kind } : {}),
            ...(options.fromVersion ? { fromVersion: options.fromVersion } : {}),
          },
          run.context,
        );
        run.print(report, inspectText(report));
        return report.restorable.verdict === 'no' ? exitCodes.notRestorable : exitCodes.done;
      }),
    );
}

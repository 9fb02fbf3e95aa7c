import { Command, CommanderError } from 'commander';
import { addBackup } from './commands/backup.ts';
import { addDemo } from './commands/demo.ts';
import { addExport } from './commands/export.ts';
import { addForget } from './commands/forget.ts';
import { addGenerate } from './commands/generate.ts';
import { addImport } from './commands/import.ts';
import { addInspect } from './commands/inspect.ts';
import { addPrune } from './commands/prune.ts';
import { addRestore } from './commands/restore.ts';
import { addRetention } from './commands/retention.ts';
import { addSandbox } from './commands/sandbox.ts';
import { addSnapshots } from './commands/snapshots.ts';
import { addTag } from './commands/tag.ts';
import { addVault } from './commands/vault.ts';
import { exitCodeHelp, exitCodes } from './exit-codes.ts';

// Started by a launcher on an older Node: when that is killed, this process ends with it.
if (process.channel) {
  process.on('disconnect', () => process.exit(exitCodes.cancelled));
  process.channel.unref();
}

const program = new Command('oxbow')
  .description('Backup, restore and archive for Confluence')
  .option('--json', 'print the result as one JSON object')
  .option('--quiet', 'no progress')
  .option('--data <folder>', 'where Oxbow keeps sandboxes and work files (default: $OXBOW_HOME, or a folder of the system)')
  .addHelpText('afterAll', exitCodeHelp)
  .showHelpAfterError('(add --help for the options)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

addVault(program);
addBackup(program);
addImport(program);
addSnapshots(program);
addTag(program);
addForget(program);
addRetention(program);
addPrune(program);
addRestore(program);
addExport(program);
addSandbox(program);
addInspect(program);
addGenerate(program);
addDemo(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
}

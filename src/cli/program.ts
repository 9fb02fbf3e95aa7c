import { Command, Option } from 'commander';
import { addBackup } from './commands/backup.ts';
import { addCheck } from './commands/check.ts';
import { addCompare } from './commands/compare.ts';
import { addCopy } from './commands/copy.ts';
import { addDemo } from './commands/demo.ts';
import { addDrill } from './commands/drill.ts';
import { addExport } from './commands/export.ts';
import { addForget } from './commands/forget.ts';
import { addGenerate } from './commands/generate.ts';
import { addImport } from './commands/import.ts';
import { addInspect } from './commands/inspect.ts';
import { addPrune } from './commands/prune.ts';
import { addRebuild } from './commands/rebuild.ts';
import { addRestore } from './commands/restore.ts';
import { addRetention } from './commands/retention.ts';
import { addSandbox } from './commands/sandbox.ts';
import { addServe } from './commands/serve.ts';
import { addShow } from './commands/show.ts';
import { addSite } from './commands/site.ts';
import { addSnapshots } from './commands/snapshots.ts';
import { addTag } from './commands/tag.ts';
import { addUser } from './commands/user.ts';
import { addVault } from './commands/vault.ts';
import { exitCodeHelp } from './exit-codes.ts';

/** Options of every command, written before or after its name. */
const everywhere = () => [
  new Option('--json', 'print the result as one JSON object'),
  new Option('--quiet', 'no progress'),
  new Option('--data <folder>', 'where Oxbow keeps sandboxes and work files (default: $OXBOW_HOME, or a folder of the system)'),
];

/** All commands of oxbow. */
export function buildProgram(): Command {
  const program = new Command('oxbow')
    .description('Backup, restore and archive for Confluence')
    .enablePositionalOptions()
    .addHelpText('afterAll', exitCodeHelp)
    .showHelpAfterError('(add --help for the options)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();

  for (const option of everywhere()) program.addOption(option);
  addVault(program);
  addBackup(program);
  addImport(program);
  addSnapshots(program);
  addShow(program);
  addCompare(program);
  addTag(program);
  addForget(program);
  addRetention(program);
  addPrune(program);
  addCheck(program);
  addCopy(program);
  addDrill(program);
  addRestore(program);
  addExport(program);
  addSandbox(program);
  addInspect(program);
  addGenerate(program);
  addDemo(program);
  addServe(program);
  addSite(program);
  addUser(program);
  addRebuild(program);
  acceptEverywhere(program);
  return program;
}

/** A command that gives one of the options a meaning of its own (check --data) keeps it. */
function acceptEverywhere(parent: Command): void {
  for (const command of parent.commands) {
    for (const option of everywhere())
      if (!command.options.some(({ long }) => long === option.long)) command.addOption(option.hideHelp());
    acceptEverywhere(command);
  }
}

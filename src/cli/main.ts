import { CommanderError } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { buildProgram } from './program.ts';

// Started by a launcher on an older Node: when that is killed, this process ends with it.
if (process.channel) {
  process.on('disconnect', () => process.exit(exitCodes.cancelled));
  process.channel.unref();
}

// Whoever reads the output may stop reading it (| head): the work goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  await buildProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
}

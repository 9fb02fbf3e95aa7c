import type { Command } from 'commander';
import { type OpenApplication, openApplication } from '#app/open-application.ts';
import { silentLog } from '#base/log.ts';
import type { CommandRun } from './command-context.ts';

/** The option that names the configuration of the server. */
export function withConfigOption(command: Command): Command {
  return command.option('--config <file>', 'the configuration of the server (default: $OXBOW_CONFIG, or none)');
}

/** Opens what the server works with, the server running or not, for as long as the work takes. */
export async function withApplication<T>(
  run: CommandRun,
  config: string | undefined,
  work: (app: OpenApplication) => Promise<T>,
): Promise<T> {
  const app = await openApplication({ data: run.data, configFile: config, env: run.env, now: run.context.now, log: silentLog });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

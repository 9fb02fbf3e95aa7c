import type { Command } from 'commander';
import { bootstrapName, createBootstrapAdministrator, resetPassword } from '#app/access/credentials.ts';
import { command } from '../command-context.ts';
import { withApplication, withConfigOption } from '../with-application.ts';

/** oxbow user reset-password */
export function addUser(program: Command): void {
  const user = program.command('user').description('accounts of Oxbow itself; those of Confluence are changed there');
  withConfigOption(user.command('reset-password [name]'))
    .description('a new random password of the administrator, printed once; his sessions end')
    .action(
      command(async (run, name: string | undefined, options: { config?: string }) => {
        const result = await withApplication(run, options.config, async (app) => {
          const made = name === undefined ? await createBootstrapAdministrator(app) : null;
          return made ?? { name: name ?? bootstrapName, password: await resetPassword(app, name ?? bootstrapName) };
        });
        run.print(result, `Sign in as ${result.name} with the password ${result.password}`);
        return 0;
      }),
    );
}

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { OxbowError } from '#base/errors.ts';
import { rollbackSite } from '#flows/restore/rollback-site.ts';
import {
  createSandbox,
  describeSandbox,
  dropSandbox,
  listSandboxes,
  openSandbox,
  type SandboxDescription,
  startSandbox,
  stopSandbox,
} from '#sites/live/sandbox/sandbox.ts';
import { command } from '../command-context.ts';
import { bytes } from '../terminal-progress.ts';

interface CreateOptions {
  database?: string;
  home?: string;
  localHome?: string;
  install?: string;
  productVersion: string;
  build: number;
}

/** oxbow sandbox create|list|start|stop|drop|rollback|url */
export function addSandbox(program: Command): void {
  const sandbox = program.command('sandbox').description('live sites that Oxbow creates itself, or knows by name');
  sandbox
    .command('create <name>')
    .description(
      'a live site on the embedded PostgreSQL, with the schema of Confluence 8.5 and no content; or an existing one under a name',
    )
    .option(
      '--database <url>',
      'an existing PostgreSQL database, empty or that of a Confluence; also OXBOW_DATABASE_URL (password: OXBOW_DATABASE_PASSWORD)',
    )
    .option('--home <folder>', 'its home directory, existing or new')
    .option('--local-home <folder>', 'the local home of a node, where the home is the shared one of a cluster')
    .option('--install <folder>', 'its install directory, for backups')
    .option('--product-version <version>', 'the version that the site says it is', '8.5.6')
    .option('--build <number>', 'and its build number', Number, 9012)
    .action(
      command(async (run, name: string, options: CreateOptions) => {
        const database = options.database ?? run.env.OXBOW_DATABASE_URL;
        const created = await createSandbox(run.data, name, {
          now: run.context.now(),
          version: options.productVersion,
          buildNumber: options.build,
          env: run.env,
          ...(database ? { databaseUrl: database } : {}),
          ...(options.home ? { home: options.home } : {}),
          ...(options.localHome ? { localHome: resolve(options.localHome) } : {}),
          ...(options.install ? { install: resolve(options.install) } : {}),
        });
        run.print(created, `Created the sandbox ${name}.\n${line(created)}`);
        return 0;
      }),
    );
  sandbox
    .command('list')
    .description('all sandboxes and their state')
    .action(
      command(async (run) => {
        const all: SandboxDescription[] = [];
        for (const name of await listSandboxes(run.data)) all.push(await describeSandbox(run.data, name, run.env));
        run.print(
          { sandboxes: all },
          all.length > 0 ? all.map(line).join('\n') : 'There are no sandboxes. Create one with: oxbow sandbox create NAME',
        );
        return 0;
      }),
    );
  sandbox
    .command('start <name>')
    .description('keeps its PostgreSQL running until stop (other commands start and stop it themselves)')
    .action(
      command(async (run, name: string) => {
        const started = await startSandbox(run.data, name, { env: run.env });
        run.print(started, `${line(started)}\nConnect with: psql "$(oxbow sandbox url ${name})"`);
        return 0;
      }),
    );
  sandbox
    .command('stop <name>')
    .option('--force', 'also while another command uses it')
    .action(
      command(async (run, name: string, options: { force?: boolean }) => {
        await stopSandbox(run.data, name, { force: options.force === true });
        run.print({ name, state: 'stopped' }, `Stopped ${name}.`);
        return 0;
      }),
    );
  sandbox
    .command('drop <name>')
    .description('removes it with its database and home (an external database or home is only forgotten)')
    .option('--force', 'also while another command uses it')
    .action(
      command(async (run, name: string, options: { force?: boolean }) => {
        const dropped = await dropSandbox(run.data, name, { force: options.force === true });
        const kept = [dropped.databaseKept, dropped.homeKept].filter(Boolean).join(' and ');
        run.print({ name, ...dropped }, `Dropped ${name}.${kept ? ` ${kept} stays as it is.` : ''}`);
        return 0;
      }),
    );
  sandbox
    .command('rollback <name>')
    .description('puts the site back that the last site restore replaced')
    .option('--drop', 'instead, drop the site that is kept for it, to free its space')
    .action(
      command(async (run, name: string, options: { drop?: boolean }) => {
        const handle = await openSandbox(run.data, name, { env: run.env });
        try {
          const result = await rollbackSite(handle, { drop: options.drop === true }, run.context);
          run.print(
            result,
            options.drop ? `Dropped the former site of ${name}.` : `${name} is the site of before the restore again.`,
          );
        } finally {
          await handle.close();
        }
        return 0;
      }),
    );
  sandbox
    .command('url <name>')
    .description('prints the database URL with its password; the sandbox must be started')
    .action(
      command(async (run, name: string) => {
        if ((await describeSandbox(run.data, name, run.env)).state === 'stopped') {
          throw new OxbowError('SANDBOX_STOPPED', `The sandbox '${name}' is not running.`, {
            hint: `Start it with: oxbow sandbox start ${name}`,
          });
        }
        const handle = await openSandbox(run.data, name, { env: run.env });
        try {
          run.print({ name, databaseUrl: handle.databaseUrl, home: handle.home }, handle.databaseUrl);
        } finally {
          await handle.close();
        }
        return 0;
      }),
    );
}

function line(sandbox: SandboxDescription): string {
  const at = sandbox.port ? ` on port ${sandbox.port}` : '';
  const size = sandbox.diskBytes === null ? '' : `, ${bytes(sandbox.diskBytes)}`;
  return `${sandbox.name}: ${sandbox.state}${at}${size}, home ${sandbox.home}`;
}

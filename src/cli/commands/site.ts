import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { readPastedConfig } from '#app/sites/pasted-config.ts';
import { listSites, type RegisteredSite, addSite as register, removeSite, setUpgrading } from '#app/sites/registered-sites.ts';
import { testSite } from '#app/sites/test-site.ts';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { command } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { promptSecret } from '../prompt.ts';
import { parseBytes, parseCount } from '../vault-options.ts';
import { withApplication, withConfigOption } from '../with-application.ts';

interface AddOptions {
  config?: string;
  sandbox?: string;
  database?: string;
  home?: string;
  localHome?: string;
  install?: string;
  fromConfig?: string;
  nodeUrl?: string[];
  host?: string;
  backupFolder?: string;
  readers?: number;
  limitRate?: number;
  default?: boolean;
}

/** oxbow site add|list|test|remove|upgrade */
export function addSite(program: Command): void {
  const site = program.command('site').description('the sites that the server protects; --site of other commands finds them too');
  withConfigOption(site.command('add <name>'))
    .description('add a site: its database and home directory, or a sandbox')
    .option('--sandbox <name>', 'a sandbox')
    .option('--database <url>', 'postgres://user@host:5432/confluence (password: OXBOW_DATABASE_PASSWORD, or asked for)')
    .option('--home <folder>', 'the home directory (the shared home of a cluster)')
    .option('--local-home <folder>', 'the local home of a node, where the home is a shared one')
    .option('--install <folder>', 'the install directory')
    .option('--from-config <file>', 'take database and home from a confluence.cfg.xml')
    .option('--node-url <url>', 'the address of a node, to notice rolling upgrades (repeatable)', (value, all: string[] = []) => [
      ...all,
      value,
    ])
    .option('--host <name>', 'requests to this host mean this site')
    .option('--backup-folder <folder>', 'where XML backups lie (default: restore/ in the home)')
    .option('--readers <number>', 'sessions that read its database at the same time', parseCount)
    .option('--limit-rate <bytes>', 'read at most so much of it a second: 20M', parseBytes)
    .option('--default', 'the site that is meant when none is named')
    .action(
      command(async (run, name: string, options: AddOptions) => {
        const added = await withApplication(run, options.config, async (app) => {
          const read = options.fromConfig ? await readConfigFile(options.fromConfig) : null;
          const databaseUrl = options.database ?? read?.databaseUrl ?? undefined;
          const given = run.env.OXBOW_DATABASE_PASSWORD ?? read?.password ?? undefined;
          const password =
            given ??
            (databaseUrl && !URL.parse(databaseUrl)?.password && !run.json
              ? await promptSecret('Password of the database')
              : null);
          return await register(app, {
            name,
            sandbox: options.sandbox,
            databaseUrl,
            ...(password ? { databasePassword: password } : {}),
            home: path(options.home ?? read?.home ?? undefined),
            localHome: path(options.localHome ?? read?.localHome ?? undefined),
            install: path(options.install),
            nodeUrls: options.nodeUrl,
            host: options.host,
            backupFolder: path(options.backupFolder),
            readers: options.readers,
            limitRate: options.limitRate,
            isDefault: options.default,
          });
        });
        run.print(added, `Added. Try it: oxbow site test ${name}`);
        return 0;
      }),
    );
  withConfigOption(site.command('list'))
    .description('list them')
    .action(
      command(async (run, options: { config?: string }) => {
        const sites = await withApplication(run, options.config, listSites);
        run.print(
          sites,
          sites.map(line).join('\n') || 'No site yet. Add one with: oxbow site add NAME --database URL --home FOLDER',
        );
        return 0;
      }),
    );
  withConfigOption(site.command('test <name>'))
    .description('try everything that a backup of the site needs, and change nothing')
    .action(
      command(async (run, name: string, options: { config?: string }) => {
        const diagnosis = await withApplication(run, options.config, (app) => testSite(app, name));
        const marks = { ok: 'ok     ', warning: 'WARNING', failed: 'FAILED ', skipped: '-      ' };
        const lines = diagnosis.steps.map(
          ({ name: step, state, message, hint }) => `${marks[state]}  ${step}: ${message}${hint ? `\n         ${hint}` : ''}`,
        );
        run.print(diagnosis, lines.join('\n'));
        return diagnosis.ok ? exitCodes.done : exitCodes.problemsFound;
      }),
    );
  withConfigOption(site.command('remove <name>'))
    .description('forget a site; nothing of the site itself is touched')
    .action(
      command(async (run, name: string, options: { config?: string }) => {
        await withApplication(run, options.config, (app) => removeSite(app, name));
        run.print({ removed: name }, `The server does not know ${name} any more.`);
        return 0;
      }),
    );
  withConfigOption(site.command('upgrade <name>'))
    .description('say that a rolling upgrade of the site goes on: jobs wait until it is over')
    .option('--end', 'it is over')
    .action(
      command(async (run, name: string, options: { config?: string; end?: boolean }) => {
        await withApplication(run, options.config, (app) => setUpgrading(app, name, options.end !== true));
        run.print(
          { site: name, upgrading: options.end !== true },
          options.end ? 'Jobs may start again.' : 'Jobs wait from now on.',
        );
        return 0;
      }),
    );
}

async function readConfigFile(file: string) {
  const at = resolve(file);
  const xml = await readFile(at, 'utf8').catch((error) => {
    throw new OxbowError('CONFIG_UNREADABLE', `The file ${at} cannot be read: ${systemErrorCode(error)}.`, {
      hint: 'Check the path and its permissions.',
    });
  });
  return readPastedConfig(xml, dirname(at));
}

function path(folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : resolve(folder);
}

function line({ name, isDefault, origin, sandbox, databaseUrl, home, upgradingSince }: RegisteredSite): string {
  const where = sandbox ? `sandbox ${sandbox}` : `${databaseUrl}  ${home}`;
  const notes = [
    isDefault ? 'default' : '',
    origin === 'file' ? 'of the configuration file' : '',
    upgradingSince ? 'UPGRADING' : '',
  ].filter(Boolean);
  return `${name}  ${where}${notes.length > 0 ? `  (${notes.join(', ')})` : ''}`;
}

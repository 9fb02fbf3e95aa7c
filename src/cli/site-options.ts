import type { Command } from 'commander';

/** The options that name a live site. */
export function withSiteOptions(command: Command): Command {
  return command
    .option('--site <name>', 'the sandbox, or a site that the server knows')
    .option(
      '--database <url>',
      'or an existing database: postgres://user@host:5432/confluence (password: OXBOW_DATABASE_PASSWORD)',
    )
    .option('--home <folder>', 'with --database: the home directory of the site (the shared home of a cluster)')
    .option('--local-home <folder>', 'the local home of a node, where the home is a shared one')
    .option('--install <folder>', 'the install directory');
}

export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, ...value.split(',').filter((part) => part !== '')];
}

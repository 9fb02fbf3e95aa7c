import type { Command } from 'commander';
import { expect, it } from 'vitest';
import type { JobRequest } from '#app/jobs/job-request.ts';
import { buildProgram } from '#cli/program.ts';
import { cliOf } from './cli-equivalent.ts';

const restore = {
  spaceKeys: ['A', 'B'],
  asKey: 'C',
  replace: true,
  skipExisting: true,
  groups: [{ from: 'a', to: 'b' }],
  users: [{ from: 'a', to: 'b' }],
  dryRun: true,
  acceptVersion: true,
};
const form = { skipHistory: true, skipTrash: true, dialect: 'legacy' } as const;
const rules = { last: 1, hourly: 2, daily: 3, weekly: 4, monthly: 5, yearly: 6, tags: ['kept'] };
const requests: JobRequest[] = [
  { type: 'site-backup', site: 'wiki', attachments: false, keepPermanently: true, ...form },
  { type: 'space-backup', site: 'wiki', spaceKeys: ['A', "it's"], keepPermanently: true, ...form },
  { type: 'site-restore', site: 'wiki', fileName: 'a file.zip', withoutAppData: true, ...restore },
  { type: 'space-restore', site: 'wiki', fileName: 'file.zip', ...restore },
  {
    type: 'restore-snapshot',
    site: 'wiki',
    vault: 'main',
    snapshot: 'latest',
    stagingCopy: { baseUrl: 'https://x' },
    ...restore,
  },
  { type: 'snapshot', site: 'wiki', vault: 'main', spaceKeys: ['A'], tags: ['t'], full: true },
  { type: 'import', site: 'wiki', vault: 'main', scope: 'SITE', fileName: 'file.zip', tags: ['t'] },
  { type: 'export', site: 'wiki', vault: 'main', snapshot: 'latest', attachments: false, keepPermanently: true, ...form },
  { type: 'compare', vault: 'main', snapshot: 'latest', with: { snapshot: 'abcd' } },
  { type: 'compare', vault: 'main', snapshot: 'latest', with: { site: 'wiki' } },
  { type: 'check', vault: 'main', dataPercent: 10 },
  { type: 'copy', vault: 'main', otherVault: 'second', snapshot: 'latest' },
  { type: 'repair', vault: 'main', otherVault: 'second', dryRun: true, keepSnapshots: true },
  { type: 'drill', vault: 'main' },
  { type: 'prune', vault: 'main', dryRun: true },
  { type: 'retention', vault: 'main', rules, site: 'wiki', dryRun: true },
  { type: 'inspect', site: 'wiki', scope: 'SITE', fileName: 'file.zip' },
  { type: 'rollback', site: 'wiki', drop: true },
];

it.each(requests)('the command of a $type is one that the CLI has, with options that it has', (request) => {
  const [program, ...rest] = wordsOf(cliOf(request));
  expect(program).toBe('oxbow');
  let command = buildProgram();
  for (let next = inner(command, rest[0]); next; next = inner(command, rest[0])) {
    command = next;
    rest.shift();
  }
  expect(command.commands).toEqual([]);
  const options = rest.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0]);
  const known = command.options.map(({ long }) => long);
  expect(known).toEqual(expect.arrayContaining(options));
});

function inner(command: Command, name: string | undefined): Command | undefined {
  return command.commands.find((one) => one.name() === name);
}

/** Splits as a shell does. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|\\'|[^\s'])+/g)].map(([word]) =>
    word.replaceAll(`'\\''`, '\u0000').replaceAll("'", '').replaceAll('\u0000', "'"),
  );
}

import type { JobRequest, SpaceRestoreChoice, XmlForm } from '#app/jobs/job-request.ts';

/** The command that does the same as a job; names of the server stand for the locations that the command takes. */
export function cliOf(request: JobRequest): string {
  return ['oxbow', ...wordsOf(request)].map(quote).join(' ');
}

function wordsOf(request: JobRequest): string[] {
  switch (request.type) {
    case 'site-backup':
      return [
        'export',
        '--site',
        request.site,
        ...flag(!request.attachments, '--no-attachments'),
        ...form(request),
        '--output',
        'FILE.zip',
      ];
    case 'space-backup':
      return ['export', '--site', request.site, ...each('--space', request.spaceKeys), ...form(request), '--output', 'FILE.zip'];
    case 'site-restore':
    case 'space-restore':
      return [
        'restore',
        request.fileName,
        '--site',
        request.site,
        ...restoring(request),
        ...flag(request.withoutAppData, '--without-app-data'),
      ];
    case 'restore-snapshot':
      return [
        'restore',
        request.snapshot,
        '--vault',
        request.vault,
        '--site',
        request.site,
        ...restoring(request),
        ...(request.stagingCopy ? ['--copy', '--base-url', request.stagingCopy.baseUrl] : []),
      ];
    case 'snapshot':
      return [
        'backup',
        '--site',
        request.site,
        '--vault',
        request.vault,
        ...each('--space', request.spaceKeys),
        ...each('--tag', request.tags),
        ...flag(request.full, '--full'),
      ];
    case 'import':
      return ['import', request.fileName, '--vault', request.vault, ...each('--tag', request.tags)];
    case 'export':
      return [
        'export',
        request.snapshot,
        '--vault',
        request.vault,
        ...each('--space', request.spaceKeys),
        ...flag(request.attachments === false, '--no-attachments'),
        ...form(request),
        '--output',
        'FILE.zip',
      ];
    case 'compare':
      return [
        'compare',
        request.snapshot,
        ...('snapshot' in request.with ? [request.with.snapshot] : ['--site', request.with.site]),
        '--vault',
        request.vault,
      ];
    case 'inspect':
      return ['inspect', request.fileName];
    case 'rollback':
      return ['sandbox', 'rollback', request.site, ...flag(request.drop, '--drop')];
    case 'check':
      return ['check', '--vault', request.vault, ...(request.dataPercent ? [`--data=${request.dataPercent}%`] : [])];
    case 'copy':
      return [
        'copy',
        ...flag(request.snapshot !== undefined, request.snapshot ?? ''),
        '--vault',
        request.vault,
        '--to',
        request.otherVault ?? '',
      ];
    case 'repair':
      return [
        'repair',
        '--vault',
        request.vault,
        ...(request.otherVault ? ['--from', request.otherVault] : []),
        ...flag(request.keepSnapshots, '--keep-snapshots'),
        ...flag(request.dryRun, '--dry-run'),
      ];
    case 'drill':
      return ['drill', request.snapshot ?? 'latest', '--vault', request.vault];
    case 'prune':
      return ['prune', '--vault', request.vault, ...flag(request.dryRun, '--dry-run')];
    case 'retention':
      return [
        'retention',
        '--vault',
        request.vault,
        ...Object.entries(request.rules ?? {}).flatMap(([name, value]) =>
          typeof value === 'number' && value > 0 ? [`--keep-${name}`, String(value)] : [],
        ),
        ...each('--keep-tag', request.rules?.tags),
        ...(request.site ? ['--of', request.site] : []),
        ...flag(request.dryRun, '--dry-run'),
      ];
  }
}

function form({ skipHistory, skipTrash, dialect }: XmlForm): string[] {
  return [
    ...flag(skipHistory, '--no-history'),
    ...flag(skipTrash, '--no-trash'),
    ...(dialect === 'legacy' ? ['--dialect', dialect] : []),
  ];
}

function restoring(
  request: SpaceRestoreChoice & { dryRun?: boolean | undefined; acceptVersion?: boolean | undefined },
): string[] {
  return [
    ...each('--space', request.spaceKeys),
    ...(request.asKey ? ['--as', request.asKey] : []),
    ...flag(request.replace, '--replace'),
    ...flag(request.skipExisting, '--skip-existing'),
    ...each(
      '--map-group',
      request.groups?.map(({ from, to }) => `${from}=${to}`),
    ),
    ...flag(request.acceptVersion, '--accept-version'),
    ...(request.users?.length ? ['--users', 'USERS.csv'] : []),
    ...flag(request.dryRun, '--dry-run'),
  ];
}

function each(option: string, values: readonly string[] = []): string[] {
  return values.flatMap((value) => [option, value]);
}

function flag(on: boolean | undefined, option: string): string[] {
  return on ? [option] : [];
}

function quote(word: string): string {
  return /^[\w./:@%=,+~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

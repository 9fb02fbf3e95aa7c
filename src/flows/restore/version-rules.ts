import { OxbowError } from '#base/errors.ts';
import type { XmlFacts } from '#sites/xml/reader/xml-facts.ts';

/** What the rules need to know of the backup. */
export type VersionFacts = Pick<
  XmlFacts,
  'kind' | 'kindFrom' | 'source' | 'createdByVersion' | 'createdByBuild' | 'compatibleBuild' | 'spaceKeys'
> & {
  container: XmlFacts['container'] | 'vault';
  descriptor: { exportType: string | null; createdByBuildNumber: number | null } | null;
};

/** What the rules need to know of the target. */
export interface TargetVersion {
  name: string;
  version: string | null;
  build: number | null;
}

export interface RuleOptions {
  /** Take a site backup of another version than the site's. */
  acceptVersion?: boolean;
}

/** The first build of Confluence 6.0: the oldest that takes Cloud exports. */
const firstBuildForCloud = 7103;

/**
 * Confluence's rules of what may be restored where (docs/formats/xml-backup.md, "Version rules"). Throws before anything is written:
 * BACKUP_NEWER, BACKUP_OTHER_VERSION, BACKUP_CLOUD_NEEDS_6, BACKUP_KIND_UNKNOWN, BACKUP_SPACE_NOT_IN_IT.
 */
export function checkVersionRules(
  facts: VersionFacts,
  spaceKeysFound: string[],
  target: TargetVersion,
  options: RuleOptions,
): void {
  checkKind(facts, spaceKeysFound);
  const build = target.build;
  const from = describeVersion(facts.createdByVersion, facts.createdByBuild);
  const to = describeVersion(target.version, build);
  if (facts.source === 'cloud') {
    if (build !== null && build < firstBuildForCloud) {
      throw new OxbowError(
        'BACKUP_CLOUD_NEEDS_6',
        `Exports of Confluence Cloud go into 6.0 or newer; '${target.name}' is ${to}.`,
        {
          hint: 'Restore it into a newer Confluence.',
        },
      );
    }
  } else if (isNewer(facts, target)) {
    throw new OxbowError('BACKUP_NEWER', `The backup was written by ${from}, which is newer than '${target.name}' (${to}).`, {
      hint: 'Confluence never restores into an older version: upgrade the site first, or restore into a newer one.',
    });
  }
  if (facts.compatibleBuild !== null && build !== null && facts.compatibleBuild > build) {
    throw new OxbowError('BACKUP_NEWER', `The backup needs build ${facts.compatibleBuild} or newer; '${target.name}' is ${to}.`, {
      hint: 'Restore it into a newer Confluence.',
    });
  }
  if (facts.kind === 'site' && !options.acceptVersion && !isSameVersion(facts, target)) {
    throw new OxbowError('BACKUP_OTHER_VERSION', `This is a site backup of ${from}; '${target.name}' is ${to}.`, {
      hint: 'Site backups are made for the same version. Add --accept-version to restore it all the same.',
    });
  }
}

function checkKind(facts: VersionFacts, spaceKeysFound: string[]): void {
  const type = facts.descriptor?.exportType;
  if (facts.descriptor && type !== 'all' && type !== 'space' && facts.kindFrom !== 'option') {
    if (facts.container === 'zip') {
      throw new OxbowError(
        'BACKUP_KIND_UNKNOWN',
        `The descriptor of the backup says exportType '${type ?? ''}': neither a site nor a space.`,
        {
          hint: 'Add --kind site or --kind space when you know what it is.',
        },
      );
    }
  }
  if (facts.kind !== 'space' || facts.spaceKeys.length === 0) return;
  const found = new Set(spaceKeysFound.map((key) => key.toLowerCase()));
  const missing = facts.spaceKeys.filter((key) => !found.has(key.toLowerCase()));
  if (missing.length > 0) {
    throw new OxbowError(
      'BACKUP_SPACE_NOT_IN_IT',
      `The backup says that it holds the space ${missing.join(', ')}, but does not contain it.`,
      {
        hint: 'It is damaged or was edited. oxbow inspect shows what it contains.',
      },
    );
  }
}

function isNewer(facts: VersionFacts, target: TargetVersion): boolean {
  const versions = compareVersions(facts.createdByVersion, target.version);
  if (versions !== null && facts.descriptor?.createdByBuildNumber == null) return versions > 0;
  if (facts.createdByBuild !== null && target.build !== null) return facts.createdByBuild > target.build;
  return versions !== null && versions > 0;
}

function isSameVersion(facts: VersionFacts, target: TargetVersion): boolean {
  if (facts.createdByBuild !== null && target.build !== null) return facts.createdByBuild === target.build;
  return compareVersions(facts.createdByVersion, target.version) === 0;
}

/** Compares two versions like "8.5.6" by their numbers; null when one is unknown. What follows the numbers ("8.5.6-m01") does not count. */
export function compareVersions(a: string | null, b: string | null): number | null {
  const parse = (text: string | null) => {
    const found = /^\d+(\.\d+)*/.exec(text ?? '');
    return found ? found[0].split('.').map(Number) : null;
  };
  const [left, right] = [parse(a), parse(b)];
  if (!left || !right) return null;
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

function describeVersion(version: string | null, build: number | null): string {
  if (version !== null) return `Confluence ${version}${build !== null ? ` (build ${build})` : ''}`;
  return build === null ? 'a Confluence of unknown version' : `Confluence build ${build}`;
}

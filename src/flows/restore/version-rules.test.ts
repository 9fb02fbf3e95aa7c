import { describe, expect, it } from 'vitest';
import { isOxbowError } from '#base/errors.ts';
import { emptyDescriptor } from '#sites/xml/descriptor.ts';
import type { XmlFacts } from '#sites/xml/reader/xml-facts.ts';
import { checkVersionRules, compareVersions, type TargetVersion } from './version-rules.ts';

interface Given {
  kind?: 'site' | 'space';
  source?: 'server' | 'cloud';
  /** createdByBuildNumber of the descriptor. */
  build?: number | null;
  /** buildNumber of the descriptor. */
  compatible?: number | null;
  version?: string | null;
  exportType?: string | null;
  spaceKeys?: string[];
  container?: 'zip' | 'folder';
  kindFrom?: XmlFacts['kindFrom'];
}

/** Facts as the reader finds them. */
function factsOf(given: Given): XmlFacts {
  const kind = given.kind ?? 'space';
  const descriptor = {
    ...emptyDescriptor(),
    exportType: given.exportType === undefined ? (kind === 'site' ? 'all' : 'space') : given.exportType,
    createdByBuildNumber: given.build ?? null,
    buildNumber: given.compatible ?? null,
    createdByVersionNumber: given.version ?? null,
  };
  return {
    path: 'backup.zip',
    container: given.container ?? 'zip',
    kind,
    kindFrom: given.kindFrom ?? 'descriptor',
    dialect: 'current',
    source: given.source ?? 'server',
    date: null,
    descriptor: descriptor as XmlFacts['descriptor'],
    createdByBuild: given.build ?? given.compatible ?? null,
    compatibleBuild: given.compatible ?? null,
    createdByVersion: given.version ?? null,
    spaceKeys: given.spaceKeys ?? [],
    entitiesBytes: 1,
    objects: 1,
  };
}

const confluence = (version: string | null, build: number | null): TargetVersion => ({ name: 'wiki', version, build });
const v856 = confluence('8.5.6', 9012);
const v719 = confluence('7.19.0', 8804);
const v510 = confluence('5.10.8', 6452);

function outcome(given: Given, target: TargetVersion, options = {}, found = given.spaceKeys ?? []): string {
  try {
    checkVersionRules(factsOf(given), found, target, options);
    return 'restored';
  } catch (error) {
    return isOxbowError(error) ? error.code : String(error);
  }
}

describe('what may be restored where', () => {
  it.each<[string, Given, TargetVersion, string]>([
    ['a space of the same version', { build: 9012, compatible: 4517, version: '8.5.6' }, v856, 'restored'],
    ['a space of an older version', { build: 8804, compatible: 4517, version: '7.19.0' }, v856, 'restored'],
    ['a space of a newer version', { build: 9012, compatible: 4517, version: '8.5.6' }, v719, 'BACKUP_NEWER'],
    ['a space of a newer version whose descriptor has no build', { version: '9.2.0' }, v856, 'BACKUP_NEWER'],
    ['a space of an older version whose descriptor has no build', { version: '8.5.5' }, v856, 'restored'],
    [
      'a space that needs a newer build than the site has',
      { build: 8804, compatible: 8900, version: '7.19.0' },
      v719,
      'BACKUP_NEWER',
    ],
    ['a space of 3.4, which gives one build only', { compatible: 2037 }, v856, 'restored'],
    ['a space of an unknown version', {}, v856, 'restored'],
    ['a space into a site of an unknown version', { build: 9012, version: '8.5.6' }, confluence(null, null), 'restored'],
    ['a site of the same version', { kind: 'site', build: 9012, compatible: 6169, version: '8.5.6' }, v856, 'restored'],
    [
      'a site of an older version',
      { kind: 'site', build: 8804, compatible: 6169, version: '7.19.0' },
      v856,
      'BACKUP_OTHER_VERSION',
    ],
    [
      'a site of an older fix release',
      { kind: 'site', build: 9011, compatible: 6169, version: '8.5.5' },
      v856,
      'BACKUP_OTHER_VERSION',
    ],
    ['a site of a newer version', { kind: 'site', build: 9103, compatible: 6169, version: '8.6.1' }, v856, 'BACKUP_NEWER'],
    ['a site of an unknown version', { kind: 'site' }, v856, 'BACKUP_OTHER_VERSION'],
    ['a space of Cloud', { source: 'cloud', build: 6452, compatible: 6452, version: '1000.0.0-abc' }, v856, 'restored'],
    ['a space of Cloud whose version number is far ahead', { source: 'cloud', version: '1000.0.0' }, v719, 'restored'],
    ['a space of Cloud into 5.10', { source: 'cloud', version: '1000.0.0' }, v510, 'BACKUP_CLOUD_NEEDS_6'],
    [
      'a space of Cloud that needs a newer build',
      { source: 'cloud', compatible: 9999, version: '1000.0.0' },
      v856,
      'BACKUP_NEWER',
    ],
    ['a descriptor of an unknown kind', { exportType: 'page' }, v856, 'BACKUP_KIND_UNKNOWN'],
    ['a descriptor without a kind', { exportType: null }, v856, 'BACKUP_KIND_UNKNOWN'],
    ['a descriptor of an unknown kind, in an unpacked folder', { exportType: 'page', container: 'folder' }, v856, 'restored'],
    ['a descriptor of an unknown kind that the operator knows', { exportType: 'page', kindFrom: 'option' }, v856, 'restored'],
  ])('%s', (_, given, target, expected) => {
    expect(outcome(given, target)).toBe(expected);
  });

  it('a site of another version goes in when the operator says so, a newer one never does', () => {
    const accept = { acceptVersion: true };
    expect(outcome({ kind: 'site', build: 8804, compatible: 6169, version: '7.19.0' }, v856, accept)).toBe('restored');
    expect(outcome({ kind: 'site' }, v856, accept)).toBe('restored');
    expect(outcome({ kind: 'site', build: 9103, compatible: 6169, version: '8.6.1' }, v856, accept)).toBe('BACKUP_NEWER');
  });

  it('a space backup must hold the spaces that its descriptor names, in whatever case', () => {
    expect(outcome({ build: 9012, spaceKeys: ['DOC'] }, v856, {}, ['doc', 'OTHER'])).toBe('restored');
    expect(outcome({ build: 9012, spaceKeys: ['DOC', 'GONE'] }, v856, {}, ['DOC'])).toBe('BACKUP_SPACE_NOT_IN_IT');
  });
});

describe('versions', () => {
  it.each([
    ['8.5.6', '8.5.6', 0],
    ['8.5.10', '8.5.9', 1],
    ['8.5', '8.5.0', 0],
    ['7.19.30', '8.0', -1],
    ['10.0.1', '9.5', 1],
    ['8.5.6-m01', '8.5.6', 0],
    [null, '8.5.6', null],
    ['eight', '8.5.6', null],
  ])('%s against %s', (a, b, expected) => {
    expect(compareVersions(a, b)).toBe(expected);
    expect(compareVersions(b, a)).toBe(expected === null ? null : 0 - expected);
  });
});

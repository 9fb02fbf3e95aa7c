import type { LiveSite } from '../connection.ts';
import { changedInstallFile } from './install-files.ts';

/** A folder of a site that is backed up: its paths in a snapshot begin with `name`. */
export interface SiteRoot {
  name: 'home' | 'local-home' | 'install';
  folder: string;
  /** Whether a path below the folder ('/'-separated) is left out, with all below it. */
  leavesOut: (path: string) => boolean;
  /** Whether a file belongs into the backup. Absent: all do. */
  isWanted?: (path: string, file: { size: number; mtimeMs: number }) => boolean | Promise<boolean>;
}

export interface RootOptions {
  /** Files of the install directory: those that differ from a stock one, or all. */
  installFiles: 'changed' | 'all';
  /** An unpacked stock install directory to compare with. */
  installStock?: string | undefined;
}

/**
 * What of a home directory is not backed up, because Confluence makes it anew (caches, indexes, temporary files), because it is a log, or
 * because it is a backup itself (reference: the important directories and files of Confluence). docs/what-is-backed-up.md lists the same.
 */
export const homeLeftOut: ReadonlyMap<string, string> = new Map([
  ['analytics-logs', 'log'],
  ['backups', 'XML backups of Confluence itself'],
  ['bundled-plugins', 'cache, filled at every start'],
  ['export', 'working files of exports'],
  ['imgEffects', 'cache of images'],
  ['index', 'search index: rebuilt by Confluence'],
  ['journal', 'journal of the search index'],
  ['logs', 'log'],
  ['lost+found', 'of the file system'],
  ['plugins-cache', 'cache, filled from the database'],
  ['plugins-osgi-cache', 'cache, filled from the database'],
  ['plugins-temp', 'temporary files'],
  ['recovery', 'copies that a repair of the index made'],
  ['restore', 'XML backups, and files to restore'],
  ['temp', 'temporary files'],
  ['thumbnails', 'cache of images'],
  ['viewfile', 'cache of previews'],
  ['webresource-temp', 'cache, filled at every start'],
]);

/** Folders that Oxbow makes in a home: a restore at work, former files. */
const own = /^(oxbow-restore-|attachments-before-|home-before-)/;
const installLeftOut = new Set(['logs', 'temp', 'work']);

/** The folders of a site that a whole backup reads, in ascending order of their names. */
export function siteRoots(site: LiveSite, options: RootOptions): SiteRoot[] {
  const roots: SiteRoot[] = [{ name: 'home', folder: site.home, leavesOut: leavesOutOfHome }];
  if (site.install) {
    roots.push({
      name: 'install',
      folder: site.install,
      leavesOut: (path) => installLeftOut.has(path),
      ...(options.installFiles === 'changed' ? { isWanted: changedInstallFile(site.install, options.installStock) } : {}),
    });
  }
  if (site.localHome && site.localHome !== site.home)
    roots.push({ name: 'local-home', folder: site.localHome, leavesOut: leavesOutOfHome });
  return roots;
}

/** A home may hold the shared home as a folder, where the same is left out. */
function leavesOutOfHome(path: string): boolean {
  const name = path.startsWith('shared-home/') ? path.slice('shared-home/'.length) : path;
  return homeLeftOut.has(name) || own.test(name) || /(^|\/)\.(snapshot|nfs[0-9a-f]+)$/.test(name);
}

import type { RetentionPolicy } from '#vault/maintenance/retention.ts';

/** What can be asked for as a job. Names of sites, vaults and snapshots are checked when the job is made, and again when it starts. */
export type JobRequest =
  | SiteBackupRequest
  | SpaceBackupRequest
  | RestoreFileRequest
  | SnapshotRequest
  | ImportRequest
  | ExportRequest
  | RestoreSnapshotRequest
  | VaultRequest
  | CompareRequest
  | InspectRequest
  | RollbackRequest;

/** What an XML backup leaves out, and for which versions of Confluence it is written. */
export interface XmlForm {
  /** Leave out historical versions. Default false. */
  skipHistory?: boolean | undefined;
  /** Leave out what is in the trash. Default false. */
  skipTrash?: boolean | undefined;
  /** legacy: up to 8.2. Default current. */
  dialect?: 'current' | 'legacy' | undefined;
}

/** An XML backup of the site, in the folder restore/site. */
export interface SiteBackupRequest extends XmlForm {
  type: 'site-backup';
  site: string;
  attachments: boolean;
  keepPermanently: boolean;
  fileNamePrefix?: string | undefined;
}

/** An XML backup of some spaces, in the folder restore/space. */
export interface SpaceBackupRequest extends XmlForm {
  type: 'space-backup';
  site: string;
  spaceKeys: string[];
  keepPermanently: boolean;
  fileNamePrefix?: string | undefined;
}

/** Restores an XML backup that lies in the folder restore/site or restore/space of the site. */
export interface RestoreFileRequest extends SpaceRestoreChoice {
  type: 'site-restore' | 'space-restore';
  site: string;
  fileName: string;
  skipReindex?: boolean | undefined;
  acceptVersion?: boolean | undefined;
  /** Leave out the tables of apps. */
  withoutAppData?: boolean | undefined;
  /** Only the plan: nothing is written. */
  dryRun?: boolean | undefined;
}

export interface SpaceRestoreChoice {
  /** Only these spaces of the backup. */
  spaceKeys?: string[] | undefined;
  replace?: boolean | undefined;
  /** Leave a space that the site has as it is, instead of refusing the restore. */
  skipExisting?: boolean | undefined;
  asKey?: string | undefined;
  /** Which group of the backup is which of the site. */
  groups?: { from: string; to: string }[] | undefined;
  /** Which user of the backup is which of the site, beside the automatic matching. */
  users?: { from: string; to: string }[] | undefined;
}

/** A snapshot of the site, or of some of its spaces, in the vault. */
export interface SnapshotRequest {
  type: 'snapshot';
  site: string;
  vault: string;
  spaceKeys?: string[] | undefined;
  tags?: string[] | undefined;
  full?: boolean | undefined;
}

/** A snapshot of an XML backup that lies in the restore folder of the site. */
export interface ImportRequest {
  type: 'import';
  site: string;
  vault: string;
  scope: 'SITE' | 'SPACE';
  fileName: string;
  tags?: string[] | undefined;
}

/** An XML backup of a snapshot, written without touching the site's database; it lies in the restore folder of the site. */
export interface ExportRequest extends XmlForm {
  type: 'export';
  site: string;
  vault: string;
  snapshot: string;
  spaceKeys?: string[] | undefined;
  attachments?: boolean | undefined;
  keepPermanently: boolean;
  fileNamePrefix?: string | undefined;
}

export interface RestoreSnapshotRequest extends SpaceRestoreChoice {
  type: 'restore-snapshot';
  site: string;
  vault: string;
  snapshot: string;
  dryRun?: boolean | undefined;
  acceptVersion?: boolean | undefined;
  /** A copy that is safe beside its original. */
  stagingCopy?: { baseUrl: string } | undefined;
}

export interface VaultRequest {
  type: 'check' | 'repair' | 'prune' | 'retention' | 'drill' | 'copy';
  vault: string;
  /** check: read and verify so many percent of the data, 0 to 100. */
  dataPercent?: number | undefined;
  /** drill, copy: which; copy without it: all. */
  snapshot?: string | undefined;
  /** copy, repair: the other vault. */
  otherVault?: string | undefined;
  /** repair: leave snapshots that lost something as they are. */
  keepSnapshots?: boolean | undefined;
  /** retention. */
  rules?: RetentionPolicy | undefined;
  /** retention: only snapshots of this site. */
  site?: string | undefined;
  dryRun?: boolean | undefined;
}

/** What an XML backup of the restore folder is, and what is wrong with it. */
export interface InspectRequest {
  type: 'inspect';
  site: string;
  scope: 'SITE' | 'SPACE';
  fileName: string;
}

/** Puts the site back that the last site restore replaced; with `drop` gives it up instead. */
export interface RollbackRequest {
  type: 'rollback';
  site: string;
  drop?: boolean | undefined;
}

/** What is different between two snapshots, or a snapshot and the site. */
export interface CompareRequest {
  type: 'compare';
  vault: string;
  snapshot: string;
  with: { snapshot: string } | { site: string };
}

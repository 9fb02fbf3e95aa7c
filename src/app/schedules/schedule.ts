import type { RetentionPolicy } from '#vault/maintenance/retention.ts';

/** What a schedule does when its time comes. */
export interface ScheduleSettings {
  /** backup: snapshot and/or XML backup of the site or some spaces; the others work on the vault. */
  kind: 'backup' | 'check' | 'drill' | 'prune' | 'copy';
  /** A snapshot in the vault. */
  snapshot?: boolean | undefined;
  /** An XML backup in the restore folder of the site. */
  xml?: boolean | undefined;
  /** Some spaces; absent: the whole site. */
  spaceKeys?: string[] | undefined;
  attachments?: boolean | undefined;
  keepPermanently?: boolean | undefined;
  fileNamePrefix?: string | undefined;
  tags?: string[] | undefined;
  /** After a success: forget what the rules do not keep. */
  retention?: RetentionPolicy | undefined;
  /** And then remove from the vault what no snapshot needs. */
  prune?: boolean | undefined;
  /** check: percent of the data that is read. */
  dataPercent?: number | undefined;
  otherVault?: string | undefined;
  /** When the server was down at the time: once afterwards, or not at all. Default run-once. */
  catchUp?: 'run-once' | 'skip' | undefined;
}

export interface NewSchedule extends ScheduleSettings {
  name: string;
  site?: string | null | undefined;
  vault?: string | null | undefined;
  enabled: boolean;
  /** Five or six fields; a `?` as in Confluence's own is taken. */
  cron: string;
  /** IANA name. */
  timeZone: string;
}

export type ScheduleState = 'off' | 'never-run' | 'running' | 'ok' | 'warning' | 'failing' | 'overdue';

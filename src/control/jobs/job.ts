/** Kinds of work. The first four are Confluence's own tasks: they write or read XML backups. */
export const jobTypes = [
  'site-backup',
  'space-backup',
  'site-restore',
  'space-restore',
  'snapshot',
  'import',
  'export',
  'restore-snapshot',
  'check',
  'repair',
  'prune',
  'retention',
  'drill',
  'copy',
  'compare',
  'inspect',
  'rollback',
] as const;
export type JobType = (typeof jobTypes)[number];

export const jobStates = ['QUEUED', 'PROCESSING', 'COMPLETING', 'FINISHED', 'CANCELLING', 'CANCELLED', 'FAILED'] as const;
export type JobState = (typeof jobStates)[number];

/** States of a job that is neither waiting nor over: its worker is alive, or it is dead and the reaper will find it. */
export const runningStates: readonly JobState[] = ['PROCESSING', 'COMPLETING', 'CANCELLING'];
export const finalStates: readonly JobState[] = ['FINISHED', 'CANCELLED', 'FAILED'];

/** One queued piece of work. Counts and sizes are exact up to 2^53; ids of jobs are text, for they are 64 bits wide. */
export interface Job {
  id: string;
  type: JobType;
  queue: string;
  site: string | null;
  vault: string | null;
  state: JobState;
  owner: string;
  realm: string;
  scheduleId: string | null;
  runAgainOf: string | null;
  parameters: Record<string, unknown>;
  spaceKeys: string[];
  /** Made during a rolling upgrade: stays queued until that is over. */
  held: boolean;
  created: Date;
  started: Date | null;
  finished: Date | null;
  cancelled: Date | null;
  cancelledBy: string | null;
  error: { code: string; message: string; hint: string | null } | null;
  file: JobFile | null;
  keepPermanently: boolean;
  snapshotId: string | null;
  phase: JobPhase | null;
  records: JobRecords;
  bytesProcessed: number;
  warnings: number;
  worker: string | null;
  result: unknown;
}

export interface JobFile {
  name: string;
  path: string;
  bytes: number | null;
  exists: boolean;
  /** Null: never. */
  deleteTime: Date | null;
}

export interface JobPhase {
  name: string;
  done: number;
  total: number | null;
  unit: string;
  started: Date;
}

export interface JobRecords {
  /** Null while nobody knows. */
  total: number | null;
  processed: number;
  persisted: number;
  skipped: number;
  /** Of these, existed in the target already. */
  reused: number;
}

export interface NewJob {
  type: JobType;
  queue: string;
  site?: string | null;
  vault?: string | null;
  owner: string;
  realm: string;
  scheduleId?: string | null;
  runAgainOf?: string | null;
  parameters?: Record<string, unknown>;
  spaceKeys?: readonly string[];
  held?: boolean;
  keepPermanently?: boolean;
  /** A restore's: the file it reads. A backup's is set when it is written. */
  file?: { name: string; path: string; bytes: number | null } | null;
  created: Date;
}

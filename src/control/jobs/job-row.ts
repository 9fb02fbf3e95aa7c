import type { Job, JobState, JobType } from './job.ts';

/** A row of the table jobs, as pg gives it: bigint as text. */
export interface JobRow {
  id: string;
  type: JobType;
  queue: string;
  site: string | null;
  vault: string | null;
  state: JobState;
  owner: string;
  realm: string;
  schedule_id: string | null;
  run_again_of: string | null;
  parameters: Record<string, unknown>;
  space_keys: string[];
  held: boolean;
  created: Date;
  started: Date | null;
  finished: Date | null;
  cancelled: Date | null;
  cancelled_by: string | null;
  error_code: string | null;
  error_message: string | null;
  error_hint: string | null;
  file_name: string | null;
  file_path: string | null;
  file_bytes: string | null;
  file_exists: boolean;
  file_delete_time: Date | null;
  keep_permanently: boolean;
  snapshot_id: string | null;
  phase: string | null;
  phase_done: string | null;
  phase_total: string | null;
  phase_unit: string | null;
  phase_started: Date | null;
  records_total: string | null;
  records_processed: string;
  records_persisted: string;
  records_skipped: string;
  records_reused: string;
  bytes_processed: string;
  warnings: string;
  worker: string | null;
  result: unknown;
}

/** For lists: the report may be large, and is asked for job by job. */
export const listedColumns = `id, type, queue, site, vault, state, owner, realm, schedule_id, run_again_of,
  parameters, space_keys, held, created, started, finished, cancelled, cancelled_by, error_code, error_message,
  error_hint, file_name, file_path, file_bytes, file_exists, file_delete_time, keep_permanently, snapshot_id, phase, phase_done,
  phase_total, phase_unit, phase_started, records_total, records_processed, records_persisted, records_skipped, records_reused, bytes_processed, warnings,
  worker,
  NULL AS result`;

export function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    type: row.type,
    queue: row.queue,
    site: row.site,
    vault: row.vault,
    state: row.state,
    owner: row.owner,
    realm: row.realm,
    scheduleId: row.schedule_id,
    runAgainOf: row.run_again_of,
    parameters: row.parameters,
    spaceKeys: row.space_keys,
    held: row.held,
    created: row.created,
    started: row.started,
    finished: row.finished,
    cancelled: row.cancelled,
    cancelledBy: row.cancelled_by,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '', hint: row.error_hint },
    file:
      row.file_name === null || row.file_path === null
        ? null
        : {
            name: row.file_name,
            path: row.file_path,
            bytes: numberOrNull(row.file_bytes),
            exists: row.file_exists,
            deleteTime: row.file_delete_time,
          },
    keepPermanently: row.keep_permanently,
    snapshotId: row.snapshot_id,
    phase:
      row.phase === null
        ? null
        : {
            name: row.phase,
            done: Number(row.phase_done ?? 0),
            total: numberOrNull(row.phase_total),
            unit: row.phase_unit ?? 'steps',
            started: row.phase_started ?? row.created,
          },
    records: {
      total: numberOrNull(row.records_total),
      processed: Number(row.records_processed),
      persisted: Number(row.records_persisted),
      skipped: Number(row.records_skipped),
      reused: Number(row.records_reused),
    },
    bytesProcessed: Number(row.bytes_processed),
    warnings: Number(row.warnings),
    worker: row.worker,
    result: row.result,
  };
}

function numberOrNull(value: string | null): number | null {
  return value === null ? null : Number(value);
}

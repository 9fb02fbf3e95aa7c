CREATE TABLE jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type text NOT NULL,
  -- 'site:NAME' or 'vault:NAME': one job at a time in each
  queue text NOT NULL,
  site text,
  vault text,
  state text NOT NULL DEFAULT 'QUEUED'
    CHECK (state IN ('QUEUED', 'PROCESSING', 'COMPLETING', 'FINISHED', 'CANCELLING', 'CANCELLED', 'FAILED')),
  -- user name and realm of whoever asked
  owner text NOT NULL,
  realm text NOT NULL,
  schedule_id bigint,
  run_again_of bigint,
  -- what to do, by type; never a secret
  parameters jsonb NOT NULL DEFAULT '{}',
  space_keys text[] NOT NULL DEFAULT '{}',
  held boolean NOT NULL DEFAULT false,
  created timestamptz NOT NULL,
  started timestamptz,
  finished timestamptz,
  cancelled timestamptz,
  cancelled_by text,
  error_code text,
  error_message text,
  error_hint text,
  -- the XML backup that a backup wrote or a restore reads
  file_name text,
  file_path text,
  file_bytes bigint,
  file_exists boolean NOT NULL DEFAULT false,
  file_delete_time timestamptz,
  keep_permanently boolean NOT NULL DEFAULT false,
  snapshot_id text,
  -- progress
  phase text,
  phase_done bigint,
  phase_total bigint,
  phase_unit text,
  phase_started timestamptz,
  records_total bigint,
  records_processed bigint NOT NULL DEFAULT 0,
  records_persisted bigint NOT NULL DEFAULT 0,
  records_skipped bigint NOT NULL DEFAULT 0,
  records_reused bigint NOT NULL DEFAULT 0,
  bytes_processed bigint NOT NULL DEFAULT 0,
  warnings bigint NOT NULL DEFAULT 0,
  progress_time timestamptz,
  -- host and process of the worker
  worker text,
  -- the report of the flow
  result jsonb
);
CREATE INDEX jobs_created ON jobs (created DESC, id DESC);
CREATE INDEX jobs_open ON jobs (queue, id) WHERE state IN ('QUEUED', 'PROCESSING', 'COMPLETING', 'CANCELLING');
CREATE INDEX jobs_files ON jobs (file_delete_time) WHERE file_exists;
CREATE INDEX jobs_schedule ON jobs (schedule_id, id) WHERE schedule_id IS NOT NULL;

-- What happened, for people; at most a bounded number of lines a job
CREATE TABLE job_log (
  id bigint GENERATED ALWAYS AS IDENTITY,
  job_id bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
  time timestamptz NOT NULL,
  level text NOT NULL CHECK (level IN ('info', 'warning', 'error')),
  code text,
  message text NOT NULL,
  object text,
  PRIMARY KEY (job_id, id)
);

-- Each record that a restore skipped, with its reason
CREATE TABLE job_skipped_records (
  id bigint GENERATED ALWAYS AS IDENTITY,
  job_id bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
  code text NOT NULL,
  object text NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (job_id, id)
);

CREATE TABLE schedules (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  site text,
  vault text,
  enabled boolean NOT NULL DEFAULT false,
  cron text NOT NULL,
  time_zone text NOT NULL,
  -- what to do, whether missed runs are caught up, rules of retention
  settings jsonb NOT NULL,
  created timestamptz NOT NULL,
  enabled_since timestamptz,
  -- the next time that is due; taken by the server that moves it on
  next_run timestamptz,
  last_due timestamptz,
  -- what became of it: queued, or why not
  last_note text,
  last_started timestamptz,
  last_success timestamptz,
  last_failure timestamptz,
  last_state text,
  overdue_told timestamptz
);
CREATE INDEX schedules_due ON schedules (next_run) WHERE enabled;

CREATE TABLE notification_channels (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('email', 'webhook', 'ping')),
  enabled boolean NOT NULL DEFAULT true,
  settings jsonb NOT NULL,
  -- sealed
  secret bytea,
  events text[] NOT NULL,
  -- only of this site; null: all
  site text,
  created timestamptz NOT NULL,
  last_sent timestamptz,
  last_error text,
  last_error_time timestamptz
);

-- What is to be told, until it was
CREATE TABLE notification_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel_id bigint NOT NULL REFERENCES notification_channels ON DELETE CASCADE,
  event text NOT NULL,
  message jsonb NOT NULL,
  created timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt timestamptz NOT NULL
);
CREATE INDEX notification_outbox_due ON notification_outbox (next_attempt, id);

-- Jobs whose end was turned into messages; so a crash between the two loses none
ALTER TABLE jobs ADD COLUMN notified boolean NOT NULL DEFAULT false;
CREATE INDEX jobs_to_notify ON jobs (id) WHERE NOT notified AND state IN ('FINISHED', 'CANCELLED', 'FAILED');

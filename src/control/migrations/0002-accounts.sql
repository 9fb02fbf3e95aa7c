-- Accounts of Oxbow itself: the bootstrap administrator
CREATE TABLE local_users (
  name text PRIMARY KEY CHECK (name = lower(name)),
  display_name text NOT NULL,
  -- scrypt: salt and key
  password bytea NOT NULL,
  created timestamptz NOT NULL
);

CREATE TABLE tokens (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  owner text NOT NULL,
  realm text NOT NULL,
  -- SHA-256 of the token: it has 256 random bits
  hash bytea NOT NULL UNIQUE,
  scopes text[] NOT NULL,
  created timestamptz NOT NULL,
  expires timestamptz,
  last_used timestamptz,
  revoked timestamptz
);
CREATE INDEX tokens_owner ON tokens (realm, owner, id);

CREATE TABLE login_sessions (
  -- SHA-256 of what the cookie holds
  hash bytea PRIMARY KEY,
  owner text NOT NULL,
  realm text NOT NULL,
  xsrf text NOT NULL,
  created timestamptz NOT NULL,
  last_seen timestamptz NOT NULL
);
CREATE INDEX login_sessions_seen ON login_sessions (last_seen);

-- Failures to sign in, by account and by address; servers count together
CREATE TABLE login_failures (
  subject text PRIMARY KEY,
  count integer NOT NULL,
  last timestamptz NOT NULL,
  blocked_until timestamptz
);

CREATE TABLE audit (
  id bigint PRIMARY KEY,
  time timestamptz NOT NULL,
  actor text NOT NULL,
  realm text NOT NULL,
  address text,
  action text NOT NULL,
  site text,
  object text,
  details jsonb NOT NULL DEFAULT '{}',
  -- SHA-256 over the line before and this one
  hash bytea NOT NULL
);
CREATE INDEX audit_time ON audit (time DESC);
CREATE INDEX audit_actor ON audit (actor, id DESC);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

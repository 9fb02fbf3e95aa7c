-- Sites and vaults that were added with the CLI or the API; those of the configuration file are not here.
CREATE TABLE sites (
  name text PRIMARY KEY,
  -- ConfiguredSite without its secrets
  settings jsonb NOT NULL,
  -- password of the database, sealed with the key of the server
  secret bytea,
  created timestamptz NOT NULL
);

CREATE TABLE vaults (
  name text PRIMARY KEY,
  settings jsonb NOT NULL,
  -- passphrase, sealed
  secret bytea,
  created timestamptz NOT NULL
);

-- What is true of a site whatever says that it exists: an operator says that a rolling upgrade goes on
CREATE TABLE site_states (
  site text PRIMARY KEY,
  upgrading_since timestamptz
);

-- What was found in the vaults when they were last looked at
CREATE TABLE snapshots (
  vault text NOT NULL,
  id text NOT NULL,
  site text NOT NULL,
  time timestamptz NOT NULL,
  -- the header of the snapshot, its tags, protection and drills
  facts jsonb NOT NULL,
  PRIMARY KEY (vault, id)
);
CREATE INDEX snapshots_site ON snapshots (site, time DESC);

CREATE TABLE vault_states (
  vault text PRIMARY KEY,
  synced timestamptz,
  checked timestamptz,
  check_ok boolean,
  check_percent double precision
);

-- Small facts of the server: whether the sample was made, when the configuration was last written to a vault
CREATE TABLE facts (
  name text PRIMARY KEY,
  value jsonb NOT NULL
);

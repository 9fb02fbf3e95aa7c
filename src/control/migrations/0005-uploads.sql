-- Uploads that come in parts
CREATE TABLE uploads (
  -- random, in the URL
  id text PRIMARY KEY,
  owner text NOT NULL,
  realm text NOT NULL,
  site text NOT NULL,
  scope text NOT NULL CHECK (scope IN ('SITE', 'SPACE')),
  file_name text NOT NULL,
  bytes bigint NOT NULL,
  -- the file that grows; its size is what has come
  path text NOT NULL,
  -- the name under which it appeared, when it was whole
  published text,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL
);

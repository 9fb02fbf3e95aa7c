import { Client } from 'pg';
import { OxbowError } from '#base/errors.ts';

/** Settings by name, as in the environment of a process. The caller passes what it allows to be seen. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** Parameters of a connection URL that are secrets. */
const secretParameters = ['password', 'sslpassword'];
const connectMs = 10_000;

/** The URL without any password, and the password that it had. Throws DATABASE_URL_INVALID (without quoting the URL: it may hold one). */
export function splitPassword(databaseUrl: string): { url: string; password: string | null } {
  const url = parse(databaseUrl);
  const password = url.password === '' ? url.searchParams.get('password') : decodeURIComponent(url.password);
  url.password = '';
  for (const name of secretParameters) url.searchParams.delete(name);
  return { url: url.href, password };
}

/** The URL with the password from OXBOW_DATABASE_PASSWORD, else PGPASSWORD; as it is when neither is set (the server may need none). */
export function withPassword(url: string, env: Settings): string {
  const password = env.OXBOW_DATABASE_PASSWORD ?? env.PGPASSWORD;
  if (password === undefined) return url;
  const parsed = parse(url);
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}

function parse(text: string): URL {
  const url = URL.parse(text);
  if (url && /^postgres(ql)?:$/.test(url.protocol)) return url;
  throw new OxbowError('DATABASE_URL_INVALID', 'The database URL is not one of PostgreSQL.', {
    hint: 'It looks like postgresql://user@host:5432/database; give the password in OXBOW_DATABASE_PASSWORD.',
  });
}

/** Runs `work` with a connection, which is closed afterwards. Throws DATABASE_UNREACHABLE naming host and database, never the password. */
export async function withDatabase<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: connectMs });
  // A connection that breaks while idle reports here; the next query fails and tells the caller.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    const { host, pathname } = new URL(databaseUrl);
    throw new OxbowError(
      'DATABASE_UNREACHABLE',
      `Cannot connect to database "${pathname.slice(1)}" on ${host}: ${(error as Error).message}`,
      {
        hint: 'Check that it runs, and user and password (OXBOW_DATABASE_PASSWORD or PGPASSWORD).',
        cause: error,
      },
    );
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Without these no Confluence is. */
const confluenceTables = ['content', 'spaces', 'bodycontent', 'confversion'];

/** What a database holds: nothing, a Confluence in schema public, or anything else. Members of extensions do not count. */
export async function classifyDatabase(client: Client): Promise<'empty' | 'confluence' | 'other'> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
  );
  if (rows.length === 0) return 'empty';
  const names = new Set(rows.filter((row) => row.schema === 'public').map((row) => row.name));
  return confluenceTables.every((name) => names.has(name)) ? 'confluence' : 'other';
}

import pg from 'pg';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { stateOf } from './postgres-error.ts';

/** Where a live site is. */
export interface LiveSite {
  name: string;
  /** postgres://user:password@host:port/database. Never printed. */
  databaseUrl: string;
  /** Confluence's home directory (the shared home of a cluster): `attachments/` lies in it. */
  home: string;
  /** The local home of a node, where the home is the shared one of a cluster. */
  localHome?: string;
  /** The install directory. */
  install?: string;
  schema: string;
}

/** Dates, times and doubles stay the text that PostgreSQL sends: a Date would shift a time that has no zone. */
const textTypes = new Set([700, 701, 1082, 1083, 1114, 1184]);

/**
 * Opens one session, in the text formats that COPY shares everywhere: dates in ISO order, doubles in their shortest form, bytes in
 * hexadecimal. 64-bit integers come as text too. Errors: DATABASE_UNREACHABLE, DATABASE_REFUSED.
 */
export async function connect(site: Pick<LiveSite, 'databaseUrl' | 'name'>, applicationName = 'oxbow'): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: site.databaseUrl,
    application_name: applicationName,
    types: {
      getTypeParser: (oid: number) => (textTypes.has(oid) ? (value: string) => value : pg.types.getTypeParser(oid)),
    } as pg.CustomTypesConfig,
    keepAlive: true,
  });
  // A connection that dies between queries says so by an event; the next query fails with it, which is where it is handled.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(
      `SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1; SET timezone = 'UTC'; SET bytea_output = 'hex';
       SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET statement_timeout = 0; SET lock_timeout = 0;
       SET idle_in_transaction_session_timeout = 0; SET client_min_messages = warning; SET check_function_bodies = off`,
    );
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw connectionError(site, error);
  }
}

function connectionError(site: Pick<LiveSite, 'databaseUrl' | 'name'>, error: unknown): OxbowError {
  const where = whereIs(site.databaseUrl);
  const state = stateOf(error);
  if (state?.startsWith('28')) {
    return new OxbowError('DATABASE_REFUSED', `The database of '${site.name}' at ${where} refused the user or the password.`, {
      hint: 'Check user and password of the database URL.',
      cause: error,
    });
  }
  const reason = systemErrorCode(error) ?? (error as Error).message;
  return new OxbowError('DATABASE_UNREACHABLE', `The database of '${site.name}' at ${where} cannot be reached: ${reason}.`, {
    hint: 'Is PostgreSQL running there, and is it reachable from this host?',
    cause: error,
  });
}

/** Host, port and database of a URL, without the user and the password. */
function whereIs(databaseUrl: string): string {
  try {
    const url = new URL(databaseUrl);
    return `${url.hostname || 'localhost'}:${url.port || 5432}${url.pathname}`;
  } catch {
    return 'an address that is not a URL';
  }
}

/**
 * Cancels whatever the session is doing when the signal fires, through a second connection (pg_cancel_backend): a long CREATE INDEX ends at
 * once. Returns a function that ends the watch.
 */
export function cancelOnAbort(client: pg.Client, site: LiveSite, signal: AbortSignal): () => void {
  const pid = (client as unknown as { processID: number }).processID;
  const cancel = async () => {
    const other = await connect(site, 'oxbow cancel').catch(() => null);
    if (!other) return;
    await other.query('SELECT pg_cancel_backend($1)', [pid]).catch(() => {});
    await other.end().catch(() => {});
  };
  const listener = () => void cancel();
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

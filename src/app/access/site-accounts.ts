import { findAccount, type SiteAccount } from '#sites/live/accounts/find-account.ts';
import { readPermissions } from '#sites/live/accounts/read-permissions.ts';
import { verifyPassword } from '#sites/live/accounts/verify-password.ts';
import { connect } from '#sites/live/connection.ts';
import type { Application } from '../application.ts';
import { openRegisteredSite } from '../sites/open-registered-site.ts';
import { noPermissions, type SitePermissions } from './caller.ts';

/** An account with its permissions, as its site says at this moment. */
export interface KnownAccount {
  account: SiteAccount;
  permissions: SitePermissions;
}

/** Permissions are asked for again after so long. */
const freshMs = 5000;
const mostCached = 1000;

interface Cached {
  until: number;
  account: Promise<KnownAccount | null>;
}

const caches = new WeakMap<object, Map<string, Cached>>();

/** The account of a site, or null when it has none of that name that is active. Asked for at most every five seconds. */
export async function accountOf(app: Application, site: string, name: string): Promise<KnownAccount | null> {
  const cache = caches.get(app.control) ?? new Map<string, Cached>();
  caches.set(app.control, cache);
  const key = `${site}\n${name.toLowerCase()}`;
  const now = app.now().getTime();
  const known = cache.get(key);
  if (known && known.until > now) return await known.account;
  if (cache.size >= mostCached) cache.clear();
  const account = readAccount(app, site, name);
  cache.set(key, { until: now + freshMs, account });
  account.catch(() => cache.delete(key));
  return await account;
}

/** Checks a password against the site's own hash. An account that does not exist costs as much time as one that does. */
export async function accountWithPassword(
  app: Application,
  site: string,
  name: string,
  password: string,
): Promise<KnownAccount | null> {
  const known = await readAccount(app, site, name);
  const fits = await verifyPassword(known?.account.credential ?? null, password);
  return fits ? known : null;
}

async function readAccount(app: Application, site: string, name: string): Promise<KnownAccount | null> {
  const opened = await openRegisteredSite(app, site);
  try {
    const client = await connect(opened.site, 'oxbow log-in');
    try {
      const account = await findAccount(client, opened.site.schema, name);
      if (!account) return null;
      return { account, permissions: asPermissions(await readPermissions(client, opened.site.schema, account)) };
    } finally {
      await client.end();
    }
  } finally {
    await opened.close();
  }
}

function asPermissions(read: Awaited<ReturnType<typeof readPermissions>>): SitePermissions {
  if (read.systemAdministrator) {
    return { systemAdministrator: true, administers: () => true, mayExport: () => true, spaceKeys: [] };
  }
  const administered = new Set(read.administeredSpaces);
  const exportable = new Set(read.exportableSpaces);
  const all = [...new Set([...administered, ...exportable])].sort();
  if (all.length === 0) return noPermissions;
  return {
    systemAdministrator: false,
    administers: (key) => administered.has(key),
    mayExport: (key) => exportable.has(key) || administered.has(key),
    spaceKeys: all,
  };
}

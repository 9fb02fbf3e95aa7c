import { OxbowError } from '#base/errors.ts';
import { findLocalUser } from '#control/accounts/local-users.ts';
import { blockedUntil, forgetFailures, noteFailure } from '#control/accounts/login-failures.ts';
import type { Application } from '../application.ts';
import { defaultSite } from '../sites/registered-sites.ts';
import { allPermissions, type Caller, noPermissions, type Scope } from './caller.ts';
import { matchesPassword } from './local-password.ts';
import { RecentLogIns } from './recent-log-ins.ts';
import { accountOf, accountWithPassword, type KnownAccount } from './site-accounts.ts';

/** Of this process. Permissions are read anew all the same, and so is what a password is checked against. */
export const recent = new RecentLogIns();

export interface LogIn {
  name: string;
  password: string;
  /** Whose accounts are meant; default: Oxbow's own, then the default site's. */
  site?: string | undefined;
  /** Of the client. */
  address: string;
}

/**
 * Who it is, by name and password: an account of Oxbow itself, else of the site. Failures are counted for the account and the address, on all servers
 * together; after some each costs a wait. Errors: LOGIN_FAILED (whatever was wrong), LOGIN_BLOCKED.
 */
export async function authenticate(app: Application, { name, password, site, address }: LogIn): Promise<Caller> {
  const subjects = { account: `account ${name.toLowerCase()}`.slice(0, 300), address: `address ${address}` };
  const now = app.now();
  const until = await blockedUntil(app.control, Object.values(subjects), now);
  if (until) throw blocked(until, now);
  // With the hash that holds at this moment: a password that was changed is not taken any more.
  const parts = [app.data, name, password, site, await currentHash(app, name, site)];
  const owner = recent.find(now, ...parts);
  const known = owner ? await callerOf(app, owner, null) : null;
  if (known) return known;
  const caller = await callerOfPassword(app, name, password, site);
  if (caller) {
    await forgetFailures(app.control, subjects.account);
    recent.remember(now, caller, ...parts);
    return caller;
  }
  await noteFailure(app.control, 'account', subjects.account, now);
  await noteFailure(app.control, 'address', subjects.address, now);
  app.log.warn({ name: name.slice(0, 100), address }, 'a log-in failed');
  throw new OxbowError('LOGIN_FAILED', 'User name or password is wrong.', {
    hint: 'Use your account of Confluence, or an access token. Accounts of LDAP and single sign-on have no password here.',
  });
}

async function currentHash(app: Application, name: string, site: string | undefined): Promise<string | undefined> {
  const local = await findLocalUser(app.control, name);
  if (local) return local.password.toString('base64');
  const realm = site ?? (await defaultSite(app))?.name;
  const known = realm === undefined ? null : await accountOf(app, realm, name).catch(() => null);
  return known?.account.credential ?? undefined;
}

async function callerOfPassword(
  app: Application,
  name: string,
  password: string,
  site: string | undefined,
): Promise<Caller | null> {
  const local = await findLocalUser(app.control, name);
  if (local && (await matchesPassword(local.password, password))) return localCaller(local.name, local.displayName);
  const realm = site ?? (await defaultSite(app))?.name;
  if (realm === undefined) return null;
  const known = await accountWithPassword(app, realm, name, password);
  return known ? await siteCaller(app, realm, known) : null;
}

/** Who owns a token or a session, as he is now; null when he is gone or not active any more. */
export async function callerOf(
  app: Application,
  owner: { name: string; realm: string },
  token: { id: string; scopes: readonly string[] } | null,
): Promise<Caller | null> {
  const limits = token
    ? { scopes: new Set(token.scopes as Scope[]) as ReadonlySet<Scope>, tokenId: token.id }
    : { scopes: null, tokenId: null };
  if (owner.realm === 'local') {
    const local = await findLocalUser(app.control, owner.name);
    return local ? { ...localCaller(local.name, local.displayName), ...limits } : null;
  }
  const known = await accountOf(app, owner.realm, owner.name);
  return known ? { ...(await siteCaller(app, owner.realm, known)), ...limits } : null;
}

function localCaller(name: string, displayName: string): Caller {
  return {
    name,
    displayName,
    realm: 'local',
    isServerAdministrator: true,
    scopes: null,
    tokenId: null,
    permissions: async () => allPermissions,
  };
}

/** System administrators of the default site administer the server; those of another site, that site. */
async function siteCaller(app: Application, realm: string, { account, permissions }: KnownAccount): Promise<Caller> {
  const isServerAdministrator = permissions.systemAdministrator && (await defaultSite(app))?.name === realm;
  return {
    name: account.lowerName,
    displayName: account.displayName,
    realm,
    isServerAdministrator,
    scopes: null,
    tokenId: null,
    permissions: async (site) => (site === realm ? permissions : isServerAdministrator ? allPermissions : noPermissions),
  };
}

function blocked(until: Date, now: Date): OxbowError {
  const seconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  return new OxbowError('LOGIN_BLOCKED', `Too many failed log-ins: try again in ${seconds} s.`, {
    hint: 'The wait grows with every failure and ends by itself.',
    details: { seconds },
  });
}

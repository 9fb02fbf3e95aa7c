import { createHash, randomBytes } from 'node:crypto';
import { OxbowError } from '#base/errors.ts';
import { addLocalUser, countLocalUsers, setLocalPassword } from '#control/accounts/local-users.ts';
import { addLoginSession, endLoginSession, endLoginSessionsOf, findLoginSession } from '#control/accounts/login-sessions.ts';
import { addToken, findToken, type Token } from '#control/accounts/tokens.ts';
import type { Application } from '../application.ts';
import { callerOf, recent } from './authenticate.ts';
import { scopes as allScopes, type Caller, type Scope } from './caller.ts';
import { hashPassword, randomPassword } from './local-password.ts';

/** By it secrets in files and logs are found out by scanners. */
const tokenPrefix = 'oxb_';
const secretBytes = 32;
const dayMs = 86_400_000;
export const bootstrapName = 'admin';

/** Makes a token for the caller; its text is shown this once. Errors: REQUEST_INVALID. */
export async function makeToken(
  app: Application,
  caller: Caller,
  { name, scopes, days }: { name: string; scopes: readonly Scope[]; days: number | null },
): Promise<{ token: Token; text: string }> {
  const wrong = (message: string) => new OxbowError('REQUEST_INVALID', message, { hint: `Scopes are: ${allScopes.join(', ')}.` });
  if (scopes.length === 0) throw wrong('A token needs at least one scope.');
  // A token cannot make one that may do more than itself.
  const beyond = scopes.filter((scope) => caller.scopes !== null && !caller.scopes.has(scope));
  if (beyond.length > 0) throw wrong(`This token may not give the scope ${beyond.join(', ')}.`);
  const text = `${tokenPrefix}${randomBytes(secretBytes).toString('base64url')}`;
  const created = app.now();
  const token = await addToken(app.control, {
    name,
    owner: caller.name,
    realm: caller.realm,
    hash: digest(text),
    scopes: [...new Set(scopes)],
    created,
    expires: days === null ? null : new Date(created.getTime() + days * dayMs),
  });
  return { token, text };
}

/** Who shows the token; null when there is no such token, it is over, or its owner is gone. */
export async function callerOfToken(app: Application, text: string): Promise<Caller | null> {
  if (!text.startsWith(tokenPrefix)) return null;
  const token = await findToken(app.control, digest(text), app.now());
  return token ? await callerOf(app, { name: token.owner, realm: token.realm }, token) : null;
}

/** Begins a session; `secret` is for the cookie, `xsrf` for the header of what changes something. */
export async function beginSession(app: Application, caller: Caller): Promise<{ secret: string; xsrf: string }> {
  const secret = randomBytes(secretBytes).toString('base64url');
  const xsrf = randomBytes(secretBytes).toString('base64url');
  const now = app.now();
  await addLoginSession(app.control, digest(secret), {
    owner: caller.name,
    realm: caller.realm,
    xsrf,
    created: now,
    lastSeen: now,
  });
  return { secret, xsrf };
}

export async function callerOfSession(app: Application, secret: string): Promise<{ caller: Caller; xsrf: string } | null> {
  const session = await findLoginSession(app.control, digest(secret), app.now());
  if (!session) return null;
  const caller = await callerOf(app, { name: session.owner, realm: session.realm }, null);
  return caller ? { caller, xsrf: session.xsrf } : null;
}

export async function endSession(app: Application, secret: string): Promise<void> {
  await endLoginSession(app.control, digest(secret));
}

/** The first account of a server, with a random password that is told this once. Null when there is an account already. */
export async function createBootstrapAdministrator(app: Application): Promise<{ name: string; password: string } | null> {
  if ((await countLocalUsers(app.control)) > 0) return null;
  const password = randomPassword();
  const user = { name: bootstrapName, displayName: 'Administrator', password: await hashPassword(password) };
  return (await addLocalUser(app.control, user, app.now())) ? { name: bootstrapName, password } : null;
}

/** A new random password; sessions of the account end. Errors: USER_UNKNOWN. */
export async function resetPassword(app: Application, name: string): Promise<string> {
  const password = randomPassword();
  if (!(await setLocalPassword(app.control, name, await hashPassword(password)))) {
    throw new OxbowError('USER_UNKNOWN', `Oxbow has no account "${name}" of its own.`, {
      hint: 'Passwords of Confluence are changed there.',
    });
  }
  await endLoginSessionsOf(app.control, name.toLowerCase(), 'local');
  recent.forget();
  return password;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

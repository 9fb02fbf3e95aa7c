import { OxbowError } from '#base/errors.ts';
import { type Action, type ActionRule, actions } from './actions.ts';
import type { Caller } from './caller.ts';

/** What an action is done to. */
export interface AccessTarget {
  site?: string | null | undefined;
  spaceKeys?: readonly string[] | undefined;
}

/** Whether the caller may do it: his permissions at this moment, narrowed by the scopes of his token. */
export async function may(caller: Caller, action: Action, target: AccessTarget = {}): Promise<boolean> {
  const { scope, needs }: ActionRule = actions[action];
  if (caller.scopes !== null && !caller.scopes.has(scope)) return false;
  if (needs === 'signed-in' || caller.isServerAdministrator) return true;
  if (needs === 'server' || !target.site) return false;
  const permissions = await caller.permissions(target.site);
  if (permissions.systemAdministrator) return true;
  // Every named space, and at least one: no name would be all of them.
  const { spaceKeys = [] } = target;
  if (spaceKeys.length === 0) return false;
  if (needs === 'administer') return spaceKeys.every((key) => permissions.administers(key));
  return needs === 'export' && spaceKeys.every((key) => permissions.mayExport(key));
}

/** Errors: NOT_PERMITTED. */
export async function mustBeAllowed(caller: Caller, action: Action, target: AccessTarget = {}): Promise<void> {
  if (await may(caller, action, target)) return;
  const { needs }: ActionRule = actions[action];
  const why = {
    server: 'An administrator of the server may do that.',
    site: 'A system administrator of the site may do that.',
    administer: 'That takes the administration of every one of these spaces.',
    export: 'That takes the permission to export every one of these spaces.',
    'signed-in': 'The token does not allow that.',
  }[needs];
  throw new OxbowError('NOT_PERMITTED', `${caller.displayName} may not do that.`, { hint: why });
}

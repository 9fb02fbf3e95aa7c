import { allPermissions, type Caller } from '../access/caller.ts';

/** Schedules ask in nobody's name: in that of the server. */
export const systemCaller: Caller = {
  name: 'system',
  displayName: 'Oxbow',
  realm: 'local',
  isServerAdministrator: true,
  scopes: null,
  tokenId: null,
  permissions: async () => allPermissions,
};

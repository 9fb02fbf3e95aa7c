import type { Me } from '#server/contract/auth-contract.ts';

/** Whether somebody may restore all of a site, and not only spaces of it. */
export function isAdministratorOf(me: Me, site: string): boolean {
  return me.role === 'server-administrator' || me.sites.some((one) => one.site === site && one.systemAdministrator);
}

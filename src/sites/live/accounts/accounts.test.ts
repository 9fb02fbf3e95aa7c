import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestSites } from '../../../../test/support/test-sites.ts';
import { WikiAccounts } from '../../../../test/support/wiki-accounts.ts';
import { connect, type LiveSite } from '../connection.ts';
import { findAccount, groupsOf } from './find-account.ts';
import { readPermissions } from './read-permissions.ts';

let sites: TestSites;
let site: LiveSite;
let wiki: WikiAccounts;

beforeAll(async () => {
  sites = await TestSites.open();
  site = await sites.create();
  wiki = new WikiAccounts(sites, site);
  await wiki.directory(1, { place: 0 });
  await wiki.directory(2, { place: 1, type: 'CONNECTOR' });
  await wiki.directory(3, { place: 2, active: false });
  for (const key of ['ONE', 'TWO', '~root']) await wiki.space(key);
});
afterAll(() => sites.close());

async function permissionsOf(name: string) {
  const client = await connect(site);
  try {
    const account = await findAccount(client, 'public', name);
    return account ? await readPermissions(client, 'public', account) : null;
  } finally {
    await client.end();
  }
}

async function accountNamed(name: string) {
  const client = await connect(site);
  try {
    return await findAccount(client, 'public', name);
  } finally {
    await client.end();
  }
}

describe('accounts of a site', () => {
  it('are found by name whatever its case, in the first active directory that knows the name', async () => {
    await wiki.user('Anna', 2, { display: 'Anna of LDAP' });
    await wiki.user('anna', 1, { display: 'Anna' });
    await wiki.user('bert', 3);
    expect(await accountNamed('ANNA')).toMatchObject({ lowerName: 'anna', displayName: 'Anna', directoryType: 'INTERNAL' });
    expect(await accountNamed('bert')).toBeNull();
    expect(await accountNamed('nobody')).toBeNull();
  });

  it('are none when the first directory that knows the name calls them inactive', async () => {
    await wiki.user('carla', 1, { active: false });
    await wiki.user('carla', 2);
    expect(await accountNamed('carla')).toBeNull();
  });

  it('are members of groups of groups, in every active directory', async () => {
    await wiki.user('dora', 1);
    await wiki.group('inner', 1, ['dora']);
    await wiki.group('Outer', 1, [], ['inner']);
    await wiki.group('Outermost', 1, ['inner'].slice(1), ['Outer', 'Outermost']);
    await wiki.user('dora', 2);
    await wiki.group('of-ldap', 2, ['dora']);
    const client = await connect(site);
    expect(await groupsOf(client, 'public', 'dora')).toEqual(['inner', 'of-ldap', 'outer', 'outermost']);
    await client.end();
  });
});

describe('permissions of an account', () => {
  it('are those given to it, to its groups, and to all who are signed in; not to anonymous visitors', async () => {
    await wiki.user('emil', 1);
    await wiki.group('writers', 1, ['emil']);
    await wiki.permission('EXPORTSPACE', 'ONE', { user: 'emil' });
    await wiki.permission('SETSPACEPERMISSIONS', 'TWO', { group: 'Writers' });
    await wiki.permission('EXPORTSPACE', '~root', { everybody: 'anonymous-users' });
    expect(await permissionsOf('emil')).toEqual({
      systemAdministrator: false,
      administeredSpaces: ['TWO'],
      exportableSpaces: ['ONE'],
    });
    await wiki.permission('EXPORTSPACE', '~root', { everybody: 'authenticated-users' });
    expect((await permissionsOf('emil'))?.exportableSpaces).toEqual(['ONE', '~root']);
  });

  it('are all of them for system administrators, and for the group that Confluence gives everything', async () => {
    await wiki.user('frida', 1);
    expect((await permissionsOf('frida'))?.systemAdministrator).toBe(false);
    await wiki.permission('ADMINISTRATECONFLUENCE', null, { user: 'frida' });
    expect((await permissionsOf('frida'))?.systemAdministrator).toBe(false);
    await wiki.permission('SYSTEMADMINISTRATOR', null, { user: 'frida' });
    expect((await permissionsOf('frida'))?.systemAdministrator).toBe(true);
    await wiki.user('georg', 1);
    await wiki.group('confluence-administrators', 1, ['georg']);
    expect((await permissionsOf('georg'))?.systemAdministrator).toBe(true);
  });

  it('are not widened by a permission of the wrong kind: a global one on a space, a space one without a space', async () => {
    await wiki.user('hanna', 1);
    await wiki.permission('SYSTEMADMINISTRATOR', 'ONE', { user: 'hanna' });
    await wiki.permission('EXPORTSPACE', null, { user: 'hanna' });
    expect(await permissionsOf('hanna')).toMatchObject({ systemAdministrator: false, administeredSpaces: [] });
    expect((await permissionsOf('hanna'))?.exportableSpaces).not.toContain('ONE');
  });
});

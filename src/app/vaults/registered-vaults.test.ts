import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listKnownSnapshots, readVaultState } from '#control/sites/known-snapshots.ts';
import { backupSpaces } from '#flows/backup/backup-spaces.ts';
import { TestServer } from '../../../test/support/test-server.ts';
import type { OpenApplication } from '../open-application.ts';
import {
  addVault,
  findVault,
  listVaults,
  openRegisteredVault,
  removeVault,
  storePassphrase,
  withRegisteredVault,
} from './registered-vaults.ts';
import { forgetKnown, markKnown } from './snapshot-service.ts';
import { type SnapshotFacts, syncSnapshots } from './sync-snapshots.ts';
import { addVaultKey, changeVaultKey, keysOf } from './vault-service.ts';

let server: TestServer;
let app: OpenApplication;
let made = 0;
const passphrase = 'correct horse battery';

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application({ VAULT_WORD: passphrase });
}, 60_000);
afterAll(() => server.close());
beforeEach(async () => {
  app.config.vaults = [];
  await app.control.query('DELETE FROM vaults');
});

async function freshVault(name = 'main'): Promise<string> {
  const location = join(server.folder, `fresh-${++made}`);
  await mkdir(location);
  await addVault(app, { name, location, passphrase }, true);
  return location;
}
const idOf = (name: string, of = app) => withRegisteredVault(of, name, async ({ config }) => config.id);

describe('a vault that is added', () => {
  it('keeps its passphrase sealed, and opens with it on every server that has the key', async () => {
    await freshVault();
    expect(JSON.stringify(await listVaults(app))).not.toContain(passphrase);
    expect(JSON.stringify(await app.control.query('SELECT settings FROM vaults'))).not.toContain('horse');
    const [{ secret }] = await app.control.query<{ secret: Buffer }>('SELECT secret FROM vaults');
    expect(secret.includes('horse')).toBe(false);
    expect(await findVault(app, 'main')).toMatchObject({ origin: 'database', hasStoredPassphrase: true });
    expect(await idOf('main', await server.application())).toBe(await idOf('main'));
  });

  it('is not added when it does not open, is not there, or its name is taken or no name', async () => {
    const location = await freshVault();
    const refused = (vault: object, code: string, create = false) =>
      expect(addVault(app, { name: 'new', location, passphrase, ...vault }, create)).rejects.toMatchObject({ code });
    await refused({ passphrase: 'another one' }, 'VAULT_PASSPHRASE_WRONG');
    await refused({ passphrase: undefined }, 'PASSPHRASE_MISSING');
    await refused({ location: join(server.folder, 'nowhere') }, 'STORE_REFUSED');
    await refused({}, 'VAULT_EXISTS', true);
    await refused({ name: 'main' }, 'VAULT_NAME_TAKEN');
    await refused({ name: '../x' }, 'VAULT_NAME_INVALID');
    expect((await listVaults(app)).map(({ name }) => name)).toEqual(['main']);
  });

  it('may have its passphrase in the environment or a file instead', async () => {
    const location = await freshVault();
    await addVault(app, { name: 'by-variable', location, passphraseVariable: 'VAULT_WORD' });
    const file = join(server.folder, 'word');
    await writeFile(file, `${passphrase}\n`);
    await addVault(app, { name: 'by-file', location, passphraseFile: file });
    expect(await findVault(app, 'by-file')).toMatchObject({ hasStoredPassphrase: false, passphraseFile: file });
    expect(await idOf('by-file')).toBe(await idOf('by-variable'));
  });

  it('gets another passphrase only when that opens it', async () => {
    await freshVault();
    await expect(storePassphrase(app, 'main', 'another one')).rejects.toMatchObject({ code: 'VAULT_PASSPHRASE_WRONG' });
    await addVaultKey(app, 'main', { label: 'second', passphrase: 'another one' });
    await storePassphrase(app, 'main', 'another one');
    const own = (await keysOf(app, 'main')).find(({ isOwn }) => isOwn);
    await changeVaultKey(app, 'main', 'a third one');
    expect((await keysOf(app, 'main')).map(({ id }) => id)).not.toContain(own?.id);
    expect((await keysOf(app, 'main')).length).toBe(2);
  });

  it('is forgotten, and nothing in it is touched', async () => {
    const location = await freshVault();
    const id = await idOf('main');
    await removeVault(app, 'main');
    await expect(findVault(app, 'main')).rejects.toMatchObject({ code: 'VAULT_UNKNOWN' });
    await addVault(app, { name: 'again', location, passphrase });
    expect(await idOf('again')).toBe(id);
  });
});

describe('a vault of the configuration file', () => {
  it('is changed by the file alone, and its passphrase comes from where the file says', async () => {
    const location = await freshVault();
    await removeVault(app, 'main');
    app.config.vaults = [{ name: 'filed', location, passphraseVariable: 'VAULT_WORD' }];
    await idOf('filed');
    await expect(removeVault(app, 'filed')).rejects.toMatchObject({ code: 'VAULT_IN_FILE' });
    await expect(storePassphrase(app, 'filed', passphrase)).rejects.toMatchObject({ code: 'VAULT_IN_FILE' });
    app.config.vaults = [{ name: 'filed', location, passphraseVariable: 'NOT_SET' }];
    await expect(openRegisteredVault(app, 'filed')).rejects.toMatchObject({ code: 'PASSPHRASE_MISSING' });
  });
});

describe('the known snapshots', () => {
  it('are those of the vault when it was last looked at, with tags and protection', async () => {
    const site = await server.site(app, 'wiki');
    await freshVault();
    await freshVault('other');
    expect(await syncSnapshots(app, 'main')).toBe(0);
    const [{ key }] = await server.sites.query<{ key: string }>(site, 'SELECT spacekey AS key FROM spaces ORDER BY 1 LIMIT 1');
    for (const tag of ['one', 'two']) {
      await withRegisteredVault(app, 'main', async (vault) =>
        backupSpaces({ ...site, name: 'wiki' }, vault, { spaceKeys: [key], tags: [tag] }, await server.sites.context()),
      );
    }
    expect(await syncSnapshots(app, 'main')).toBe(2);
    await syncSnapshots(app, 'other');
    const known = await listKnownSnapshots<SnapshotFacts>(app.control, { vault: 'main', site: 'wiki' });
    expect(known.map(({ facts }) => facts.tags)).toEqual([['two'], ['one']]);
    expect(known[0].facts.summary).toMatchObject({ spaceKeys: [key] });
    await markKnown(app, 'main', known[0].id, { addTags: ['kept'], removeTags: ['two'], protected: true });
    await expect(forgetKnown(app, 'main', known[0].id)).rejects.toMatchObject({ code: 'SNAPSHOT_PROTECTED' });
    await forgetKnown(app, 'main', known[1].id);
    const left = await listKnownSnapshots<SnapshotFacts>(app.control);
    expect(left.map(({ id, facts }) => [id, facts.tags, facts.protected])).toEqual([[known[0].id, ['kept'], true]]);
    expect((await readVaultState(app.control, 'main'))?.synced).toBeInstanceOf(Date);
  }, 60_000);
});

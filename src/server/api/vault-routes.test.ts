import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../../../test/support/api-calls.ts';
import { ConfluenceServer, type Role } from '../../../test/support/confluence-server.ts';
import { keyAnswer, vault as vaultContract, vaultStatus } from '../contract/vault-contract.ts';

let server: ConfluenceServer;
let location: string;

beforeAll(async () => {
  server = await ConfluenceServer.open();
  location = join(server.test.folder, 'vault-first');
  await mkdir(location);
});
afterAll(() => server.close());

const call = (role: Role, request: string, body?: unknown) => callApi(server, role, request, body);
const passphrase = 'a long passphrase of a test';

describe('vaults of the API', () => {
  it('are made, or added when they are there, and never tell a passphrase', async () => {
    expect(await call('root', 'POST /api/vaults', { name: 'first', location, passphrase })).toMatchObject({
      status: 400,
      json: { error: { code: 'VAULT_NOT_FOUND' } },
    });
    // Whole paths alone: nobody knows where the server was started.
    const relative = await call('root', 'POST /api/vaults', { name: 'first', location: 'vault', passphrase, create: true });
    expect(relative).toMatchObject({ status: 400, json: { error: { code: 'REQUEST_INVALID' } } });
    const made = await call('root', 'POST /api/vaults', { name: 'first', location, passphrase, create: true });
    expect(made, made.text).toMatchObject({
      status: 201,
      json: { name: 'first', location, snapshots: 0, hasStoredPassphrase: true },
    });
    vaultContract.parse(made.json);
    expect(made.text).not.toContain(passphrase);
    expect(await call('root', 'POST /api/vaults', { name: 'first', location, passphrase })).toMatchObject({ status: 409 });
    const wrong = await call('root', 'POST /api/vaults', { name: 'again', location, passphrase: 'another one that is wrong' });
    expect(wrong).toMatchObject({ status: 400, json: { error: { code: 'VAULT_PASSPHRASE_WRONG' } } });
    expect((await call('root', 'POST /api/vaults', { name: 'again', location, passphrase })).status).toBe(201);
    expect((await call('root', 'GET /api/vaults')).json.map(({ name }: { name: string }) => name)).toEqual(['again', 'first']);
    expect((await call('root', 'DELETE /api/vaults/again')).status).toBe(204);
    expect((await call('root', 'DELETE /api/vaults/again')).status).toBe(404);
    const second = join(server.test.folder, 'vault-second');
    await mkdir(second);
    const alike = { name: 'second', location: second, passphrase, create: true, like: 'first' };
    expect(await call('root', 'POST /api/vaults', { ...alike, lockDays: 3 })).toMatchObject({
      status: 400,
      json: { error: { code: 'LOCK_UNSUPPORTED' } },
    });
    expect(await call('root', 'POST /api/vaults', { ...alike, like: 'none' })).toMatchObject({
      status: 404,
      json: { error: { code: 'VAULT_UNKNOWN' } },
    });
    expect((await call('root', 'POST /api/vaults', alike)).status).toBe(201);
    expect((await call('root', 'DELETE /api/vaults/second')).status).toBe(204);
    const audited = JSON.stringify((await call('root', 'GET /api/audit?action=vault.')).json);
    expect(audited).toContain('vault.create');
    expect(audited).not.toContain('passphrase');
  });

  it('say how they fare', async () => {
    const status = vaultStatus.parse((await call('root', 'GET /api/vaults/first/status')).json);
    expect(status).toMatchObject({ location, snapshots: 0, keys: [expect.any(String)] });
    expect(status.freeBytes).toBeGreaterThan(0);
    expect((await call('root', 'GET /api/vaults/none/status')).status).toBe(404);
    expect((await call('root', 'POST /api/vaults/first/sync')).json).toEqual({ snapshots: 0 });
  });

  it('have their names told to who may make snapshots, and no more', async () => {
    expect((await call('root', 'GET /api/vault-names')).json).toEqual(['first']);
    const stranger = { authorization: `Bearer ${await server.token('stranger', ['read'])}` };
    expect((await callApi(server, 'nobody', 'GET /api/vault-names', undefined, stranger)).json).toEqual(['first']);
    expect((await callApi(server, 'nobody', 'GET /api/vaults', undefined, stranger)).status).toBe(403);
    expect((await call('reader', 'GET /api/vault-names')).json).toEqual([]);
    expect((await call('keeper', 'GET /api/vault-names')).json).toEqual(['first']);
  });

  it('get further passphrases, another one, and lose those that are not wanted', async () => {
    const keys = async () => (await call('root', 'GET /api/vaults/first/keys')).json.map((one: unknown) => keyAnswer.parse(one));
    const [own] = await keys();
    expect(own.isOwn).toBe(true);
    expect((await call('root', 'POST /api/vaults/first/keys', { label: 'safe', passphrase: 'short' })).status).toBe(400);
    const added = await call('root', 'POST /api/vaults/first/keys', { label: 'safe', passphrase: 'one that lies in the safe' });
    expect(added.status, added.text).toBe(201);
    expect(await keys()).toHaveLength(2);
    expect((await call('root', 'PUT /api/vaults/first/key', { passphrase: 'the new one of this server' })).status).toBe(204);
    const after = await keys();
    expect(after).toHaveLength(2);
    expect(after.find(({ isOwn }: { isOwn: boolean }) => isOwn)).not.toEqual(own);
    expect((await call('root', 'GET /api/vaults/first/status')).status).toBe(200);
    expect((await call('root', `DELETE /api/vaults/first/keys/${added.json.id}`)).status).toBe(204);
    expect(await keys()).toHaveLength(1);
    // Without it nobody could open the vault any more.
    expect(await call('root', `DELETE /api/vaults/first/keys/${(await keys())[0].id}`)).toMatchObject({
      status: 409,
      json: { error: { code: 'KEY_LAST' } },
    });
    expect((await call('root', 'DELETE /api/vaults/first/keys/ffffffff')).status).toBe(404);
    const audited = JSON.stringify((await call('root', 'GET /api/audit?action=vault.key')).json);
    expect(audited).not.toMatch(/safe"|new one/);
  });

  it('are locked and unlocked', async () => {
    expect((await call('root', 'PUT /api/vaults/first/lock', { reason: 'moving it' })).status).toBe(204);
    expect((await call('root', 'GET /api/vaults/first/status')).json.leases).toHaveLength(1);
    expect(await call('root', 'DELETE /api/vaults/first/lock')).toMatchObject({ status: 200, json: { removed: 1 } });
    expect((await call('root', 'DELETE /api/vaults/first/lock?all=true')).json).toEqual({ removed: 0 });
    expect((await call('root', 'GET /api/vaults/first/status')).json.leases).toHaveLength(0);
  });

  it('are the business of who administers the server', async () => {
    for (const [request, body] of [
      ['GET /api/vaults'],
      ['POST /api/vaults', { name: 'x', location, passphrase }],
      ['GET /api/vaults/first/status'],
      ['GET /api/vaults/none/status'],
      ['GET /api/vaults/first/keys'],
      ['PUT /api/vaults/first/lock', { reason: 'x' }],
      ['DELETE /api/vaults/first'],
    ] as const)
      expect((await call('keeper', request, body)).status, request).toBe(403);
  });
});

describe('the server itself', () => {
  it('says what it is', async () => {
    const { json } = await call('root', 'GET /api/about');
    expect(json).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+/),
      node: process.version,
      controlDatabase: expect.stringMatching(/^PostgreSQL .*, external$/),
      counts: { sites: 2, vaults: 1, snapshots: 0, jobs: 0 },
    });
    expect(json.dataFolderBytes).toBeGreaterThan(0);
    expect(json.controlDatabaseBytes).toBeGreaterThan(0);
    expect((await call('keeper', 'GET /api/about')).status).toBe(403);
  });
});

import { z } from 'zod';
import { audit } from '#app/access/audit.ts';
import type { Application } from '#app/application.ts';
import { listSites } from '#app/sites/registered-sites.ts';
import { addVault, listVaults, removeVault } from '#app/vaults/registered-vaults.ts';
import { syncSnapshots } from '#app/vaults/sync-snapshots.ts';
import {
  addVaultKey,
  changeVaultKey,
  keysOf,
  lockForOperator,
  removeVaultKey,
  statusOfVault,
  unlockForOperator,
} from '#app/vaults/vault-service.ts';
import { countKnownSnapshots, readVaultState } from '#control/sites/known-snapshots.ts';
import { errorAnswers, nameText } from '../contract/shared-contract.ts';
import {
  changeKeyBody,
  keyAnswer,
  lockBody,
  newKeyBody,
  newVaultBody,
  type VaultAnswer,
  vault,
  vaultStatus,
} from '../contract/vault-contract.ts';
import type { TypedServer } from './typed-server.ts';

const tags = ['vaults'];
const params = z.object({ vault: nameText });

/** Vaults: which there are, adding them, how they fare, their keys. */
export function registerVaultRoutes(server: TypedServer, app: Application): void {
  const answers = async (): Promise<VaultAnswer[]> => {
    const known = await countKnownSnapshots(app.control);
    return await Promise.all(
      (await listVaults(app)).map(async (one) => {
        const state = await readVaultState(app.control, one.name);
        const { count, newest } = known.get(one.name) ?? { count: 0, newest: null };
        return {
          name: one.name,
          origin: one.origin,
          location: one.location,
          s3Endpoint: one.s3Endpoint ?? null,
          s3Region: one.s3Region ?? null,
          s3PathStyle: one.s3PathStyle ?? null,
          limitRate: one.limitRate ?? null,
          hasStoredPassphrase: one.hasStoredPassphrase,
          synced: state?.synced?.toISOString() ?? null,
          checked: state?.checked?.toISOString() ?? null,
          checkOk: state?.checkOk ?? null,
          checkPercent: state?.checkPercent ?? null,
          snapshots: count,
          newest: newest?.toISOString() ?? null,
        };
      }),
    );
  };
  server.get(
    '/api/vaults',
    {
      config: { access: 'see-server' },
      schema: { summary: 'List vaults', tags, response: { 200: z.array(vault), ...errorAnswers } },
    },
    answers,
  );
  server.get(
    '/api/vault-names',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'Names of vaults, for whoever may back something up into one',
        tags,
        response: { 200: z.array(z.string()), ...errorAnswers },
      },
    },
    async (request) => {
      for (const { name } of await listSites(app)) {
        const { systemAdministrator, spaceKeys } = await request.caller!.permissions(name);
        if (systemAdministrator || spaceKeys.length > 0) return (await listVaults(app)).map((one) => one.name);
      }
      return [];
    },
  );
  server.post(
    '/api/vaults',
    {
      config: { access: 'manage-vaults' },
      schema: {
        summary: 'Add a vault that exists, or make a new one',
        tags,
        body: newVaultBody,
        response: { 201: vault, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { create, lockDays, like, ...settings } = request.body;
      await addVault(app, settings, create && { lockDays, like });
      await syncSnapshots(app, settings.name);
      await audit(app, request.caller!, {
        action: create ? 'vault.create' : 'vault.add',
        object: settings.name,
        address: request.ip,
      });
      return await reply.code(201).send((await answers()).find(({ name }) => name === settings.name)!);
    },
  );
  server.delete(
    '/api/vaults/:vault',
    {
      config: { access: 'manage-vaults' },
      schema: { summary: 'Forget a vault; nothing in it is touched', tags, params, response: { 204: z.null(), ...errorAnswers } },
    },
    async (request, reply) => {
      await removeVault(app, request.params.vault);
      await audit(app, request.caller!, { action: 'vault.remove', object: request.params.vault, address: request.ip });
      return await reply.code(204).send(null);
    },
  );
  server.get(
    '/api/vaults/:vault/status',
    {
      config: { access: 'see-server' },
      schema: {
        summary: 'What a vault holds and who works on it',
        tags,
        params,
        response: { 200: vaultStatus, ...errorAnswers },
      },
    },
    (request) => statusOfVault(app, request.params.vault),
  );
  server.post(
    '/api/vaults/:vault/sync',
    {
      config: { access: 'see-server' },
      schema: {
        summary: 'List its snapshots again',
        tags,
        params,
        response: { 200: z.object({ snapshots: z.number() }), ...errorAnswers },
      },
    },
    async (request) => ({ snapshots: await syncSnapshots(app, request.params.vault) }),
  );
  server.get(
    '/api/vaults/:vault/keys',
    {
      config: { access: 'manage-vaults' },
      schema: {
        summary: 'The passphrases that open it, by number',
        tags,
        params,
        response: { 200: z.array(keyAnswer), ...errorAnswers },
      },
    },
    (request) => keysOf(app, request.params.vault),
  );
  server.post(
    '/api/vaults/:vault/keys',
    {
      config: { access: 'manage-vaults' },
      schema: {
        summary: 'A further passphrase',
        tags,
        params,
        body: newKeyBody,
        response: { 201: z.object({ id: z.string() }), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const id = await addVaultKey(app, request.params.vault, request.body);
      await audit(app, request.caller!, {
        action: 'vault.key.add',
        object: request.params.vault,
        address: request.ip,
        details: { id },
      });
      return await reply.code(201).send({ id });
    },
  );
  server.put(
    '/api/vaults/:vault/key',
    {
      config: { access: 'manage-vaults' },
      schema: {
        summary: 'Change the passphrase that this server uses',
        tags,
        params,
        body: changeKeyBody,
        response: { 204: z.null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      await changeVaultKey(app, request.params.vault, request.body.passphrase);
      await audit(app, request.caller!, { action: 'vault.key.change', object: request.params.vault, address: request.ip });
      return await reply.code(204).send(null);
    },
  );
  server.delete(
    '/api/vaults/:vault/keys/:key',
    {
      config: { access: 'manage-vaults' },
      schema: {
        summary: 'Remove a passphrase',
        tags,
        params: params.extend({ key: z.string().min(4).max(64) }),
        response: { 204: z.null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      await removeVaultKey(app, request.params.vault, request.params.key);
      await audit(app, request.caller!, {
        action: 'vault.key.remove',
        object: request.params.vault,
        address: request.ip,
        details: { key: request.params.key },
      });
      return await reply.code(204).send(null);
    },
  );
  server.put(
    '/api/vaults/:vault/lock',
    {
      config: { access: 'manage-vaults' },
      schema: { summary: 'Lock it against changes', tags, params, body: lockBody, response: { 204: z.null(), ...errorAnswers } },
    },
    async (request, reply) => {
      await lockForOperator(app, request.params.vault, request.body.reason);
      await audit(app, request.caller!, { action: 'vault.lock', object: request.params.vault, address: request.ip });
      return await reply.code(204).send(null);
    },
  );
  server.delete(
    '/api/vaults/:vault/lock',
    {
      config: { access: 'manage-vaults' },
      schema: {
        summary: 'Unlock it',
        description:
          'With `all=true` the leases of work go too, for who knows that it is dead: a backup whose lease is gone does not become visible.',
        tags,
        params,
        querystring: z.object({ all: z.enum(['true', 'false']).default('false') }),
        response: { 200: z.object({ removed: z.number() }), ...errorAnswers },
      },
    },
    async (request) => {
      const all = request.query.all === 'true';
      const removed = await unlockForOperator(app, request.params.vault, all);
      const details = { all, removed };
      await audit(app, request.caller!, { action: 'vault.unlock', object: request.params.vault, address: request.ip, details });
      return { removed };
    },
  );
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { OxbowError } from '#base/errors.ts';
import { type BucketKind, createBucket, s3Gateway } from '../../../test/support/s3-gateway.ts';
import { FaultyStore } from './faulty-store.ts';
import { openFolderStore } from './folder-store.ts';
import { MemoryStore } from './memory-store.ts';
import { openStore } from './open-store.ts';
import { RetryStore } from './retry-store.ts';
import type { Store } from './store.ts';
import { describeStoreContract } from './store-contract.ts';
import { ThrottledStore } from './throttled-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'oxbow-store-'));
const now = () => new Date();
let opened = 0;
afterAll(() => rm(folder, { recursive: true, force: true }));

const freshFolder = () => openFolderStore(join(folder, String(opened++)), { create: true, now });

describeStoreContract('a store in memory', async () => new MemoryStore());
describeStoreContract('a store in a folder', freshFolder);
describeStoreContract('a store behind a throttle', async () => new ThrottledStore(await freshFolder(), 1e12), { many: 50 });
describeStoreContract('a store that is tried again', async () => new RetryStore(new MemoryStore()), { many: 50 });

/** Every third call fails, in turn after the work was done and before. */
function unsteadyStore(): Store {
  const store = new FaultyStore(new MemoryStore());
  const fail = () => {
    const when = store.fired % 2 === 0 ? 'after' : 'before';
    const error = () => {
      fail();
      return new OxbowError('STORE_UNAVAILABLE', 'Not now.');
    };
    store.plan = { at: 3, when, error };
  };
  fail();
  return store;
}
describeStoreContract(
  'an unsteady store that is tried again',
  async () => new RetryStore(unsteadyStore(), { sleep: async () => {}, attempts: 50 }),
  { many: 50 },
);

const gateway = await s3Gateway();
describe.skipIf(!gateway)('S3', () => {
  for (const kind of ['plain', 'versioned', 'suspended', 'locking'] as BucketKind[]) {
    let bucket: string | undefined;
    const open = async () => {
      const { endpoint, accessKey, secretKey } = gateway!;
      bucket ??= await createBucket(gateway!, kind);
      const env = { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey };
      return await openStore(`s3://${bucket}/vaults/${opened++}`, { endpoint, now, retry: { attempts: 1 } }, env);
    };
    // Listing a versioned bucket goes by versions, so it has pages of its own; the other kinds would only take longer.
    const many = kind === 'plain' || kind === 'locking' ? 1100 : 50;
    const secrets = gateway ? [gateway.secretKey, gateway.accessKey] : [];
    describeStoreContract(`a ${kind} bucket`, open, { secrets, many });
  }
});

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FaultyProxy } from '../../../test/support/faulty-proxy.ts';
import { type BucketKind, createBucket, s3Client, s3Gateway } from '../../../test/support/s3-gateway.ts';
import { openStore, type StoreOptions } from './open-store.ts';
import type { Store } from './store.ts';

const gateway = await s3Gateway();
const now = () => new Date();
const once = { attempts: 1 };
const bytes = Buffer.from('what was written first');

function open(bucket: string, options: Partial<StoreOptions> = {}, env = {}): Promise<Store> {
  const { endpoint, accessKey, secretKey } = gateway!;
  const keys = { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, ...env };
  return openStore(`s3://${bucket}/vault`, { endpoint, now, retry: once, ...options }, keys);
}

describe.skipIf(!gateway)('opening a bucket', () => {
  let bucket: string;
  beforeAll(async () => {
    bucket = await createBucket(gateway!, 'plain');
  });

  it('refuses a wrong secret, an unknown key and a bucket that is not there, and says none of the secrets', async () => {
    const cases: [string, Record<string, string>, RegExp][] = [
      [bucket, { AWS_SECRET_ACCESS_KEY: 'SECRETSECRET' }, /SignatureDoesNotMatch/],
      [bucket, { AWS_ACCESS_KEY_ID: 'NOBODY' }, /InvalidAccessKeyId/],
      ['no-such-bucket', {}, /NoSuchBucket/],
    ];
    for (const [name, env, message] of cases) {
      const error = await open(name, {}, env).catch((reason: Error) => reason);
      expect(error).toMatchObject({ code: 'STORE_REFUSED', message: expect.stringMatching(message), hint: expect.any(String) });
      const told = JSON.stringify([error, (error as Error).message, (error as Error).stack, (error as Error).cause]);
      for (const secret of [gateway!.secretKey, gateway!.accessKey, 'SECRETSECRET', 'NOBODY']) expect(told).not.toContain(secret);
    }
  });

  it('says that nobody answers at a wrong endpoint', async () => {
    const proxy = await FaultyProxy.open(gateway!.endpoint);
    const endpoint = proxy.url;
    proxy.close();
    await expect(open(bucket, { endpoint })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('refuses a bucket that locks everything by itself', async () => {
    const locking = await createBucket(gateway!, 'locking');
    const client = s3Client(gateway!);
    const Rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 1 } };
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule };
    await client.send(new PutObjectLockConfigurationCommand({ Bucket: locking, ObjectLockConfiguration }));
    client.destroy();
    await expect(open(locking)).rejects.toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining('leases') });
  });

  it('keeps vaults below different prefixes apart', async () => {
    const { endpoint, accessKey, secretKey } = gateway!;
    const env = {
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: secretKey,
      OXBOW_S3_ENDPOINT: endpoint,
      OXBOW_S3_PATH_STYLE: 'true',
    };
    const stores = await Promise.all(['', '/a', '/a/b', '/ab'].map((path) => openStore(`s3://${bucket}${path}`, { now }, env)));
    await stores[1].put('x', bytes);
    await stores[2].put('y', bytes);
    await stores[3].put('z', bytes);
    const keysOf = async (store: Store) => (await listed(store)).map(([key]) => key);
    expect(await keysOf(stores[0])).toEqual(['a/b/y', 'a/x', 'ab/z']);
    expect(await keysOf(stores[1])).toEqual(['b/y', 'x']);
    expect(await keysOf(stores[2])).toEqual(['y']);
    for (const store of stores) await store.close();
  });

  it('says when a quota is full', async () => {
    const full = await createBucket(gateway!, 'plain');
    const store = await open(full);
    await store.put('small', bytes);
    const { configuration } = gateway!;
    const quota = (...args: string[]) =>
      execFileSync('radosgw-admin', ['-c', configuration, 'quota', ...args, `--bucket=${full}`], { stdio: 'ignore' });
    quota('set', '--quota-scope=bucket', '--max-objects=1');
    quota('enable', '--quota-scope=bucket');
    await expect(store.put('another', bytes)).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect((await store.get('small')).equals(bytes)).toBe(true);
    await store.close();
  });
});

for (const kind of ['plain', 'locking'] as BucketKind[]) {
  describe.skipIf(!gateway)(`a ${kind} bucket behind a bad network`, () => {
    const large = randomBytes(3_000_000);
    let proxy: FaultyProxy;
    let store: Store;
    let patient: Store;
    beforeAll(async () => {
      const bucket = await createBucket(gateway!, kind);
      proxy = await FaultyProxy.open(gateway!.endpoint);
      store = await open(bucket, { endpoint: proxy.url, timeout: 600 });
      patient = await open(bucket, { endpoint: proxy.url, timeout: 600, retry: { sleep: async () => {} } });
      return async () => {
        await store.close();
        await patient.close();
        proxy.close();
      };
    });
    beforeEach(() => {
      proxy.faults = [];
    });

    it('calls it unavailable when S3 throttles, hangs, or the connection breaks, in writing', async () => {
      for (const fault of ['slow-down', 'hang', 'cut-before', 'cut-after', 'flip'] as const) {
        proxy.fail('PUT', fault);
        await expect(store.put(`put/${fault}`, large), fault).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
        proxy.fail('PUT', fault, fault);
        await patient.put(`put/${fault}`, large);
        expect(proxy.faults).toEqual([]);
        expect((await patient.get(`put/${fault}`)).equals(large)).toBe(true);
      }
      expect((await listed(patient)).filter(([key]) => key.startsWith('put/'))).toHaveLength(5);
    });

    it('calls it unavailable when S3 throttles, hangs, or the connection breaks, in reading', async () => {
      await patient.put('large', large);
      await patient.get('large');
      for (const fault of ['slow-down', 'hang', 'cut-before', 'cut-body', 'hang-body'] as const) {
        proxy.fail('GET', fault);
        await expect(store.get('large'), fault).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
        proxy.fail('GET', fault, fault);
        expect((await patient.get('large')).equals(large)).toBe(true);
        proxy.fail('GET', fault);
        expect(await patient.get('large', { offset: 5, length: 3 })).toEqual(large.subarray(5, 8));
        proxy.fail('GET', fault);
        await expect(listed(store), fault).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
        proxy.fail('GET', fault, fault);
        expect((await listed(patient)).map(([key]) => key)).toContain('large');
        expect(proxy.faults).toEqual([]);
      }
    });

    it('owns a key whose acknowledgement was lost, and deletes what was deleted', async () => {
      proxy.fail('PUT', 'cut-after', 'cut-after');
      expect(await patient.putIfAbsent('mine', Buffer.from('mine'))).toBe(true);
      expect(await patient.putIfAbsent('mine', Buffer.from('theirs'))).toBe(false);
      proxy.fail('DELETE', 'cut-after', 'slow-down');
      await patient.delete('mine');
      expect(await patient.size('mine')).toBeNull();
    });
  });
}

describe.skipIf(!gateway)('a bucket with object lock', () => {
  const client = gateway ? s3Client(gateway) : undefined;
  let bucket: string;
  let store: Store;
  beforeAll(async () => {
    bucket = await createBucket(gateway!, 'locking');
    store = await open(bucket);
  });
  afterAll(async () => {
    await store?.close();
    client?.destroy();
  });

  const inFuture = (seconds: number) => new Date(now().getTime() + seconds * 1000).toISOString();
  const versionsOf = async (key: string) => {
    const { Versions = [], DeleteMarkers = [] } = await client!.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `vault/${key}` }),
    );
    return { versions: Versions, markers: DeleteMarkers };
  };
  const raw = (key: string) => ({ Bucket: bucket, Key: `vault/${key}` });

  it('keeps a locked object from being deleted or replaced, and lets it go when its time has come', async () => {
    const until = inFuture(3);
    await store.put('pack', bytes, { lockedUntil: until });
    await expect(store.delete('pack')).rejects.toMatchObject({ code: 'STORE_OBJECT_LOCKED' });
    await expect(store.put('pack', Buffer.from('other'))).rejects.toMatchObject({ code: 'STORE_OBJECT_LOCKED' });
    expect(await store.putIfAbsent('pack', Buffer.from('other'))).toBe(false);
    expect((await store.get('pack')).equals(bytes)).toBe(true);
    expect((await versionsOf('pack')).versions).toHaveLength(1);
    await untilTrue(async () => {
      const error = await store.delete('pack').catch((reason: { code: string }) => reason);
      if (error) expect(error).toMatchObject({ code: 'STORE_OBJECT_LOCKED' });
      return error === undefined;
    });
    expect(now().getTime()).toBeGreaterThanOrEqual(Date.parse(until) - 1000);
    expect(await versionsOf('pack')).toEqual({ versions: [], markers: [] });
    await expect(store.get('pack')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });

  it('finds what an intruder hid under a delete, or under other bytes', async () => {
    await store.put('hidden', bytes, { lockedUntil: inFuture(600) });
    await store.put('covered', bytes, { lockedUntil: inFuture(600) });
    await client!.send(new DeleteObjectCommand(raw('hidden')));
    const evil = {
      Body: Buffer.from('evil'),
      ObjectLockMode: 'COMPLIANCE' as const,
      ObjectLockRetainUntilDate: new Date(inFuture(2)),
    };
    await client!.send(new PutObjectCommand({ ...raw('covered'), ...evil }));
    await client!.send(new DeleteObjectCommand(raw('covered')));
    for (const reader of [store, await open(bucket)]) {
      for (const key of ['hidden', 'covered']) {
        expect((await reader.get(key)).equals(bytes)).toBe(true);
        expect(await reader.get(key, { offset: 5, length: 3 })).toEqual(bytes.subarray(5, 8));
        expect(await reader.size(key)).toBe(bytes.length);
        expect(await reader.putIfAbsent(key, Buffer.from('mine'))).toBe(false);
        expect(await listed(reader)).toContainEqual([key, bytes.length]);
      }
      if (reader !== store) await reader.close();
    }
  });

  it('moves a lock on to a later time, never to an earlier one', async () => {
    const [soon, later] = [inFuture(600), inFuture(1200)];
    await store.put('extended', bytes, { lockedUntil: soon });
    await store.extendLock!('extended', later);
    await store.extendLock!('extended', soon);
    const { Retention } = await client!.send(new GetObjectRetentionCommand(raw('extended')));
    expect(Retention).toEqual({ Mode: 'COMPLIANCE', RetainUntilDate: new Date(later) });
    await expect(store.extendLock!('missing', later)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });

  it('writes the same bytes again without a second version, and lengthens their lock', async () => {
    await store.put('again', bytes, { lockedUntil: inFuture(600) });
    await store.put('again', bytes, { lockedUntil: inFuture(900) });
    expect((await versionsOf('again')).versions).toHaveLength(1);
    const other = Buffer.alloc(bytes.length);
    await expect(store.put('again', other, { lockedUntil: inFuture(9) })).rejects.toMatchObject({ code: 'STORE_OBJECT_LOCKED' });
    expect((await versionsOf('again')).versions).toHaveLength(1);
  });

  it('replaces what is not locked, and locks it then', async () => {
    await store.put('lease', Buffer.from('1'));
    for (let beat = 2; beat < 5; beat++) await store.put('lease', Buffer.from(String(beat)));
    await client!.send(new DeleteObjectCommand(raw('lease')));
    await store.put('lease', Buffer.from('5'), { lockedUntil: inFuture(600) });
    expect((await store.get('lease')).toString()).toBe('5');
    const { versions, markers } = await versionsOf('lease');
    expect([versions.length, markers.length]).toEqual([1, 0]);
    await expect(store.delete('lease')).rejects.toMatchObject({ code: 'STORE_OBJECT_LOCKED' });
  });

  it('reads what another client has replaced or removed, though it remembers the old version', async () => {
    const other = await open(bucket);
    await store.put('shared', Buffer.from('1'));
    expect((await other.get('shared')).toString()).toBe('1');
    await store.put('shared', Buffer.from('2'));
    expect((await other.get('shared')).toString()).toBe('2');
    await store.delete('shared');
    await expect(other.get('shared')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    await other.close();
  });

  it('lists a key with more versions than one page holds', async () => {
    await store.put('many/a', Buffer.from('a'));
    await store.put('many/b', bytes, { lockedUntil: inFuture(600) });
    await store.put('many/c', Buffer.from('c'));
    const left = Array.from({ length: 1100 }).values();
    const writers = Array.from({ length: 8 }, async () => {
      for (const _ of left) await client!.send(new PutObjectCommand({ ...raw('many/b'), Body: Buffer.from('evil') }));
    });
    await Promise.all(writers);
    expect((await listed(store)).filter(([key]) => key.startsWith('many/'))).toEqual([
      ['many/a', 1],
      ['many/b', bytes.length],
      ['many/c', 1],
    ]);
    expect((await store.get('many/b')).equals(bytes)).toBe(true);
  });
});

async function listed(store: Store): Promise<[string, number][]> {
  const found: [string, number][] = [];
  for await (const { key, size } of store.list('')) found.push([key, size]);
  return found;
}

async function untilTrue(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 200));
}

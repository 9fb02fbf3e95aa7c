import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore, readLocation } from './open-store.ts';

const now = () => new Date(0);

describe('the location of a vault', () => {
  it('is a folder or a bucket with a prefix', () => {
    expect(readLocation('/backups/vault')).toEqual({ folder: '/backups/vault' });
    expect(readLocation('./s3/vault')).toEqual({ folder: './s3/vault' });
    expect(readLocation('s3:vault')).toEqual({ folder: 's3:vault' });
    expect(readLocation('C:\\vault')).toEqual({ folder: 'C:\\vault' });
    expect(readLocation('s3://bucket')).toEqual({ bucket: 'bucket', prefix: '' });
    expect(readLocation('s3://bucket/')).toEqual({ bucket: 'bucket', prefix: '' });
    expect(readLocation('S3://my.bucket-1/Team_A/wiki/')).toEqual({ bucket: 'my.bucket-1', prefix: 'Team_A/wiki' });
  });

  it('is refused when it is anything else', () => {
    const wrong = [
      '',
      '  ',
      's3://',
      's3:///a',
      's3://ab',
      's3://bucket//a',
      's3://bucket/a/../b',
      's3://bucket/a b',
      's3://bucket/a?b',
      's3://-bucket',
    ];
    for (const location of [...wrong, 'http://host/vault', 'sftp://host/vault', 'file:///vault', 's3://bucket//']) {
      expect(() => readLocation(location), location).toThrow(expect.objectContaining({ code: 'STORE_LOCATION_INVALID' }));
    }
  });

  it('never shows the key that somebody wrote into it', async () => {
    const open = (location: string, options = {}) => openStore(location, { now, ...options }, {}).catch((error: Error) => error);
    const errors = [
      await open('s3://someuser:hunter2@bucket/a'),
      await open('https://someuser:hunter2@bucket/a'),
      await open('s3://bucket/a', { endpoint: 'https://someuser:hunter2@host' }),
      await open('s3://bucket/a', { endpoint: 'someuser:hunter2@host' }),
    ];
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'STORE_LOCATION_INVALID' });
      expect(`${(error as Error).stack}${JSON.stringify(error)}`).not.toMatch(/someuser|hunter2/);
    }
  });
});

describe('opening a store', () => {
  it('makes a folder when that is asked for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oxbow-open-store-'));
    try {
      const path = join(folder, 'vault');
      await expect(openStore(path, { now }, {})).rejects.toMatchObject({ code: 'STORE_REFUSED' });
      const store = await openStore(relative(process.cwd(), path), { now, create: true, limitRate: 1e9 }, {});
      await store.put('a', Buffer.from('x'));
      expect(store.location).toBe(path);
      expect((await (await openStore(path, { now }, {})).get('a')).toString()).toBe('x');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('takes the endpoint from the options, then from our variables, then from those of AWS', async () => {
    const asked: string[] = [];
    const reach = async (options: { endpoint?: string }, env: Record<string, string>) => {
      // Nothing listens at port 1 to 4: the address of the failure tells which was asked.
      const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
      const retry = { attempts: 1, onRetry: () => asked.push('again') };
      const error = await openStore('s3://bucket/a', { now, retry, ...options }, { ...keys, ...env }).catch((reason) => reason);
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { reason: 'ECONNREFUSED' } });
    };
    const aws = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    await reach({}, aws);
    await reach({}, { OXBOW_S3_ENDPOINT: 'http://127.0.0.1:2', AWS_ENDPOINT_URL: 'http://240.0.0.1' });
    await reach({ endpoint: 'http://127.0.0.1:3' }, { OXBOW_S3_ENDPOINT: 'not a url' });
    expect(asked).toEqual([]);
  });

  it('refuses settings that it does not understand', async () => {
    const open = (env: Record<string, string>) => openStore('s3://bucket/a', { now }, env);
    await expect(open({ OXBOW_S3_ENDPOINT: 'localhost:9000' })).rejects.toMatchObject({ code: 'STORE_LOCATION_INVALID' });
    await expect(open({ OXBOW_S3_ENDPOINT: 'ftp://host' })).rejects.toMatchObject({ code: 'STORE_LOCATION_INVALID' });
    await expect(open({ OXBOW_S3_PATH_STYLE: 'maybe' })).rejects.toMatchObject({ code: 'STORE_LOCATION_INVALID' });
  });
});

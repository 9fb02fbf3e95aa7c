import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretBox } from './secret-box.ts';
import { serverKey } from './server-key.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'oxbow-key-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

describe('the key of the server', () => {
  it('is made once, by the first of several that begin together, readable by us alone', async () => {
    const keys = await Promise.all(Array.from({ length: 12 }, () => serverKey(data, {})));
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(keys[0].length).toBe(32);
    expect(await serverKey(data, {})).toEqual(keys[0]);
    expect(await readdir(data)).toEqual(['server.key']);
    expect((await stat(join(data, 'server.key'))).mode & 0o777).toBe(0o600);
  });

  it('is refused when others could read it, when it is no key, or when it is not there', async () => {
    const unusable = (env: Record<string, string> = {}) =>
      expect(serverKey(data, env)).rejects.toMatchObject({ code: 'SERVER_KEY_UNUSABLE', hint: expect.any(String) });
    await serverKey(data, {});
    await chmod(join(data, 'server.key'), 0o640);
    await unusable();
    await chmod(join(data, 'server.key'), 0o600);
    await writeFile(join(data, 'server.key'), 'short');
    await unusable();
    await unusable({ OXBOW_SERVER_KEY_FILE: join(data, 'none') });
    await unusable({ OXBOW_SERVER_KEY: 'short' });
    expect(await readFile(join(data, 'server.key'), 'utf8')).toBe('short');
  });

  it('may come from the environment or from a file that servers share', async () => {
    const hex = 'ab'.repeat(32);
    await writeFile(join(data, 'shared'), `${hex}\n`, { mode: 0o600 });
    expect((await serverKey(data, { OXBOW_SERVER_KEY: hex })).toString('hex')).toBe(hex);
    expect((await serverKey(data, { OXBOW_SERVER_KEY_FILE: join(data, 'shared') })).toString('hex')).toBe(hex);
    expect(await readdir(data)).toEqual(['shared']);
  });
});

describe('a sealed secret', () => {
  const box = secretBox(Buffer.alloc(32, 1));

  it('opens as what it was sealed as, with the same key, and only when no bit of it is another', () => {
    const sealed = box.seal('pässword', 'the site a');
    expect(box.open(sealed, 'the site a')).toBe('pässword');
    expect(box.seal('pässword', 'the site a').equals(sealed)).toBe(false);
    expect(() => box.open(sealed, 'the site b')).toThrow(/the site b/);
    expect(() => secretBox(Buffer.alloc(32, 2)).open(sealed, 'the site a')).toThrow(/key of this server/);
    for (let at = 0; at < sealed.length; at++) {
      const bytes = Buffer.from(sealed);
      bytes[at] ^= 1;
      expect(() => box.open(bytes, 'the site a')).toThrow();
    }
    expect(() => box.open(sealed.subarray(0, 20), 'the site a')).toThrow();
    expect(() => box.open(Buffer.alloc(0), 'the site a')).toThrow();
  });
});

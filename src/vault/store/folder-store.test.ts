import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOxbowError } from '#base/errors.ts';
import { openFolderStore } from './folder-store.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oxbow-folder-store-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const bytes = Buffer.from('something');
const isRoot = process.getuid?.() === 0;

async function keysOf(store: Awaited<ReturnType<typeof openFolderStore>>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

describe('a store in a folder', () => {
  it('is made when that is asked for, for the owner alone', async () => {
    const path = join(folder, 'made', 'deep');
    await expect(openFolderStore(path)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    const store = await openFolderStore(path, { create: true });
    await store.put('a/b', bytes);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect((await stat(join(path, 'a'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(path, 'a', 'b'))).mode & 0o777).toBe(0o600);
  });

  it('is refused where a file stands', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'x');
    await expect(openFolderStore(path)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    await expect(openFolderStore(path, { create: true })).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  });

  it('shows an object whole or not at all while it is written and replaced', async () => {
    const store = await openFolderStore(join(folder, 'whole'), { create: true });
    const [first, second] = [randomBytes(20_000_000), randomBytes(10_000_000)];
    for (const [now, before] of [[first, null] as const, [second, first] as const]) {
      let isWriting = true;
      const writing = store.put('packs/a', now).finally(() => {
        isWriting = false;
      });
      while (isWriting) {
        const found = await store.get('packs/a').catch((error) => {
          if (isOxbowError(error, 'OBJECT_NOT_FOUND')) return null;
          throw error;
        });
        expect(found?.length ?? null).toBeOneOf([before?.length ?? null, now.length]);
        expect(await keysOf(store)).toEqual(found || before ? ['packs/a'] : expect.any(Array));
      }
      await writing;
      expect((await store.get('packs/a')).equals(now)).toBe(true);
    }
    expect(await readdir(join(folder, 'whole', 'tmp'))).toEqual([]);
  });

  it('removes what killed processes left a day ago, and nothing that may be at work', async () => {
    const path = join(folder, 'leftovers');
    const store = await openFolderStore(path, { create: true });
    await store.put('kept', bytes);
    const now = new Date();
    for (const [name, hours] of [['old', 25] as const, ['young', 1] as const]) {
      await writeFile(join(path, 'tmp', name), 'half an obj');
      const time = new Date(now.getTime() - hours * 3_600_000);
      await utimes(join(path, 'tmp', name), time, time);
    }
    const again = await openFolderStore(path, { now: () => now });
    expect((await readdir(join(path, 'tmp'))).sort()).toEqual(['reserve', 'young']);
    expect(await keysOf(again)).toEqual(['kept']);
  });

  it('goes on when somebody removed its folders', async () => {
    const path = join(folder, 'removed');
    const store = await openFolderStore(path, { create: true });
    await store.put('a/b', bytes);
    await rm(join(path, 'a'), { recursive: true });
    await rm(join(path, 'tmp'), { recursive: true });
    await store.put('a/b', bytes).catch(() => store.put('a/b', bytes));
    expect((await store.get('a/b')).equals(bytes)).toBe(true);
  });

  it.skipIf(isRoot)('says when it may not read or write', async () => {
    const path = join(folder, 'closed');
    const store = await openFolderStore(path, { create: true });
    await store.put('a/b', bytes);
    await chmod(join(path, 'a'), 0);
    try {
      await expect(store.get('a/b')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
      await expect(store.put('a/c', bytes)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    } finally {
      await chmod(join(path, 'a'), 0o700);
    }
  });

  it('keeps what it has when its disk is full or read-only, and goes on when there is room', async ({ skip }) => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    const mount = (options: string) =>
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'oxbow-test', disk], { stdio: 'ignore' });
    try {
      mount('size=1m');
    } catch {
      skip('this machine does not allow to mount a small disk');
    }
    try {
      const store = await openFolderStore(disk);
      await store.put('a/kept', bytes);
      for (const put of ['put', 'putIfAbsent'] as const) {
        await expect(store[put]('a/kept', randomBytes(2_000_000))).rejects.toMatchObject({ code: 'STORE_FULL' });
        await expect(store[put]('b/new', randomBytes(2_000_000))).rejects.toMatchObject({ code: 'STORE_FULL' });
        expect(await readdir(join(disk, 'tmp'))).toEqual([]);
      }
      expect(await keysOf(store)).toEqual(['a/kept']);
      expect((await store.get('a/kept')).equals(bytes)).toBe(true);
      await store.put('b/new', randomBytes(500_000));
      mount('remount,ro');
      await expect(store.put('b/other', bytes)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
      await expect(store.delete('a/kept')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
      expect((await store.get('a/kept')).equals(bytes)).toBe(true);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

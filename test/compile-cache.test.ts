import { chmod, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { throwawayFolder } from '#sites/live/sandbox/throwaway-postgres.ts';
import { compileCache } from '../bin/compile-cache.js';
import { startCliWith } from './support/cli.ts';

const folders: string[] = [];
let caches: string;

beforeEach(async () => {
  caches = join(await realpath(await throwawayFolder()), 'caches');
  folders.push(caches);
});

afterAll(async () => {
  for (const folder of folders) await rm(join(folder, '..'), { recursive: true, force: true });
});

describe('what Node made of the source files', () => {
  it('lies in a private folder, and a second start finds it there', async () => {
    const folder = compileCache({ XDG_CACHE_HOME: caches });
    expect(folder).toBe(join(caches, 'oxbow', 'compile'));
    expect((await stat(folder!)).mode & 0o777).toBe(0o700);
    const started = await startCliWith({ XDG_CACHE_HOME: caches }, caches, '--help').ended;
    expect(started.code).toBe(0);
    expect((await readdir(folder!)).length).toBeGreaterThan(0);
  });

  it('is not kept where others can write', async () => {
    await mkdir(join(caches, 'oxbow', 'compile'), { recursive: true });
    await chmod(join(caches, 'oxbow'), 0o777);
    expect(compileCache({ XDG_CACHE_HOME: caches })).toBeNull();
    await chmod(join(caches, 'oxbow'), 0o700);
    await chmod(join(caches, 'oxbow', 'compile'), 0o1777);
    expect(compileCache({ XDG_CACHE_HOME: caches })).toBeNull();
  });

  it('is not kept where no folder can be made', () => {
    expect(compileCache({ XDG_CACHE_HOME: '/dev/null' })).toBeNull();
  });
});

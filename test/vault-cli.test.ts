import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { throwawayFolder } from '#sites/live/sandbox/throwaway-postgres.ts';
import { cli, startCliWith } from './support/cli.ts';

const passphrase = 'correct horse battery staple';
let data: string;
let vault: string;

beforeAll(async () => {
  data = await throwawayFolder();
  vault = join(data, 'vault');
  await oxbow('generate', '--pages', '60', '--output', join(data, 'site.zip'));
  await oxbow('sandbox', 'create', 'wiki');
  await oxbow('sandbox', 'start', 'wiki');
  await oxbow('restore', join(data, 'site.zip'), '--site', 'wiki', '--accept-version');
});
afterAll(async () => {
  await cli(data, 'sandbox', 'drop', 'wiki', '--force');
  await rm(data, { recursive: true, force: true });
});

async function run(environment: Record<string, string>, ...args: string[]) {
  return await startCliWith(environment, data, ...args).ended;
}

async function oxbow(...args: string[]): Promise<string> {
  const result = await run({ OXBOW_PASSPHRASE: passphrase }, ...args);
  if (result.code !== 0) throw new Error(`oxbow ${args.join(' ')} ended with ${result.code}: ${result.stdout}${result.stderr}`);
  return result.stdout;
}

async function json<T>(...args: string[]): Promise<T> {
  return JSON.parse(await oxbow('--json', ...args, '--vault', vault)) as T;
}

interface Listed {
  snapshots: { id: string; tags: string[]; protected: boolean; drills: { ok: boolean }[] }[];
}

describe('the commands of a vault', () => {
  it('take a site from its first backup to a drill, a restore and an export', async () => {
    expect(await oxbow('vault', 'init', '--vault', vault)).toContain('Made the vault');
    const first = await json<{ snapshot: { id: string } }>('backup', '--site', 'wiki', '--tag', 'first');
    const second = await json<{ rowsRead: number; filesRead: number; fullReason: null }>('backup', '--site', 'wiki');
    expect([second.rowsRead < 5, second.filesRead, second.fullReason]).toEqual([true, 0, null]);
    expect((await json<Listed>('snapshots', '--tag', 'first')).snapshots.map((one) => one.id)).toEqual([first.snapshot.id]);
    expect(await oxbow('compare', 'latest', 'wiki', '--vault', vault)).toContain('nothing is different');
    expect(await oxbow('drill', 'latest', '--vault', vault)).toContain('this backup restores; it takes');
    expect((await json<Listed>('snapshots')).snapshots.at(-1)!.drills).toMatchObject([{ ok: true }]);
    expect(await oxbow('restore', 'latest', '--site', 'wiki', '--vault', vault)).toContain("Rebuilt 'wiki'");
    await oxbow('sandbox', 'rollback', 'wiki');
    await oxbow('sandbox', 'rollback', 'wiki', '--drop');
    await oxbow('export', 'latest', '--vault', vault, '--output', join(data, 'out.zip'));
    expect((await stat(join(data, 'out.zip'))).size).toBeGreaterThan(100_000);
    expect(await oxbow('import', join(data, 'out.zip'), '--vault', vault, '--name', 'copy')).toContain("of 'copy'");
    expect(await oxbow('check', '--data', '--vault', vault)).toContain('No problems were found.');
  });

  it('tag, protect, forget, keep by rules and prune', async () => {
    const { snapshots } = await json<Listed>('snapshots');
    const [first] = snapshots;
    await oxbow('protect', first.id, '--vault', vault);
    const refused = await run({ OXBOW_PASSPHRASE: passphrase, OXBOW_VAULT: vault }, 'forget', first.id);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('SNAPSHOT_PROTECTED')]);
    await oxbow('tag', 'latest', 'a', 'b', '--vault', vault);
    expect((await json<Listed>('snapshots')).snapshots.at(-1)!.tags).toEqual(['a', 'b']);
    const before = await readdir(join(vault, 'snapshots'));
    expect(await oxbow('retention', '--keep-last', '1', '--dry-run', '--vault', vault)).toContain('stays: protected');
    expect(await readdir(join(vault, 'snapshots'))).toEqual(before);
    await oxbow('forget', snapshots[1].id, '--vault', vault);
    expect((await readdir(join(vault, 'snapshots'))).length).toBe(before.length - 1);
    expect(await oxbow('prune', '--vault', vault)).toContain('Removed');
    expect(await oxbow('check', '--data=100%', '--vault', vault)).toContain('No problems were found.');
  });

  it('say a wrong passphrase soon, and print no secret anywhere', async () => {
    const wrong = await run({ OXBOW_PASSPHRASE: 'not the passphrase' }, 'snapshots', '--vault', vault);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('VAULT_PASSPHRASE_WRONG')]);
    const none = await run({}, 'snapshots', '--vault', vault);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('PASSPHRASE_MISSING')]);
    await writeFile(join(data, 'passphrase'), `${passphrase}\n`);
    const fromFile = await run({}, 'vault', 'status', '--vault', vault, '--passphrase-file', join(data, 'passphrase'));
    expect(fromFile.code).toBe(0);
    for (const { stdout, stderr } of [wrong, none, fromFile]) expect(stdout + stderr).not.toMatch(/not the passphrase|horse/);
  });

  it('change and add passphrases without touching the data', async () => {
    const packs = await readdir(join(vault, 'packs'), { recursive: true });
    const change = await run(
      { OXBOW_PASSPHRASE: passphrase, OXBOW_NEW_PASSPHRASE: 'another good passphrase', OXBOW_VAULT: vault },
      'vault',
      'key',
      'change',
    );
    expect(change.code).toBe(0);
    const old = await run({ OXBOW_PASSPHRASE: passphrase, OXBOW_VAULT: vault }, 'snapshots');
    expect(old.stderr).toContain('VAULT_PASSPHRASE_WRONG');
    const back = await run(
      { OXBOW_PASSPHRASE: 'another good passphrase', OXBOW_NEW_PASSPHRASE: passphrase, OXBOW_VAULT: vault },
      'vault',
      'key',
      'add',
      '--label',
      'old',
    );
    expect(back.code).toBe(0);
    expect((await json<{ keys: string[] }>('vault', 'key', 'list')).keys.length).toBe(2);
    expect(await readdir(join(vault, 'packs'), { recursive: true })).toEqual(packs);
  });

  it('name damage by the pages that it touches, save what can be saved, and take the rest from a second vault', async () => {
    const second = join(data, 'second');
    await oxbow('vault', 'init', '--vault', second, '--like', vault);
    await oxbow('copy', '--to', second, '--vault', vault);
    const names = (await readdir(join(vault, 'packs'), { recursive: true })).filter((name) => name.length > 60);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(vault, 'packs', name))).size));
    const path = join(vault, 'packs', names[sizes.indexOf(Math.max(...sizes))]);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1] ^= 255;
    await writeFile(path, bytes);
    const found = await run({ OXBOW_PASSPHRASE: passphrase, OXBOW_VAULT: vault }, 'check', '--data');
    expect([found.code, found.stdout]).toEqual([4, expect.stringContaining('OBJECT_DAMAGED')]);
    expect(found.stdout).toMatch(/a part of it cannot be read/);
    expect(await oxbow('repair', '--from', second, '--vault', vault)).toContain('Nothing is lost.');
    expect(await oxbow('check', '--data', '--vault', vault)).toContain('No problems were found.');
  });

  it('lock the vault, and unlock it', async () => {
    await oxbow('vault', 'lock', '--reason', 'moving it', '--vault', vault);
    const refused = await run({ OXBOW_PASSPHRASE: passphrase, OXBOW_VAULT: vault }, 'backup', '--site', 'wiki');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('moving it')]);
    expect(await oxbow('snapshots', '--vault', vault)).toContain('wiki');
    expect(await oxbow('vault', 'unlock', '--vault', vault)).toContain('moving it');
    await oxbow('backup', '--site', 'wiki', '--vault', vault);
  });
});

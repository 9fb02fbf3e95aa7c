import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunContext, Warning } from '#base/run-context.ts';
import type { CallPace } from './call-pace.ts';
import { type SiteFile, siteFiles } from './site-files.ts';
import { siteRoots } from './site-roots.ts';

let folder: string;
let warnings: Warning[];
let context: RunContext;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oxbow-files-'));
  warnings = [];
  context = {
    signal: new AbortController().signal,
    now: () => new Date(0),
    workFolder: folder,
    warn: (warning) => warnings.push(warning),
    progress: () => {},
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, text = path): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

function site(more: { install?: string; localHome?: string } = {}) {
  return { name: 'wiki', databaseUrl: '', home: join(folder, 'home'), schema: 'public', ...more };
}

async function read(options: Parameters<typeof siteRoots>[1] = { installFiles: 'changed' }, more = {}): Promise<SiteFile[]> {
  return await collect(siteFiles(siteRoots(site(more), options), context));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const paths = (files: SiteFile[]) => files.filter((file) => file.kind !== 'folder').map((file) => file.path);

describe('the files of a site', () => {
  it('are the same when the disk is slow and they are looked at ahead', async () => {
    for (let i = 0; i < 40; i++) await put(`home/attachments/v4/${i % 3}/${i}/${i * 7}/${i * 7}.${i % 2}`);
    for (const path of ['home/a/b', 'home/a.txt', 'home/a-', 'home/a/b c/d/e/f/g', 'home/temp/x', 'home/Z/1']) await put(path);
    const slow = {
      get isFast() {
        return false;
      },
    } as CallPace;
    const roots = siteRoots(site(), { installFiles: 'changed' });
    const ahead = await collect(siteFiles(roots, context, { look: slow, read: slow }));
    const facts = (files: SiteFile[]) => files.map(({ open: _, ...rest }) => rest);
    expect(facts(ahead)).toEqual(facts(await read()));
    for (const file of ahead.filter(({ kind }) => kind === 'file')) {
      expect(Buffer.concat(await collect(file.open())).toString()).toBe(file.path);
    }
    expect(warnings).toEqual([]);
  });

  it('come in ascending order of their paths by bytes, folders and links too', async () => {
    for (const path of ['home/a/b', 'home/a.txt', 'home/a-', 'home/ä', 'home/a/ü', 'home/Z/1', 'home/empty/x']) await put(path);
    await rm(join(folder, 'home/empty/x'));
    await symlink('../../etc/passwd', join(folder, 'home/link'));
    const files = await read();
    const all = files.map((file) => file.path);
    expect(all).toEqual(all.toSorted((a, b) => Buffer.from(a).compare(Buffer.from(b))));
    expect(all).toEqual(expect.arrayContaining(['home/a', 'home/a/b', 'home/a.txt', 'home/empty', 'home/link', 'home/ä']));
    expect(files.find((file) => file.path === 'home/link')).toMatchObject({ kind: 'link', target: '../../etc/passwd' });
    expect(files.find((file) => file.path === 'home/empty')?.kind).toBe('folder');
  });

  it('leave out caches, logs, indexes and the backups of Confluence itself, at the top of a home only', async () => {
    for (const name of [
      'index',
      'temp',
      'logs',
      'plugins-cache',
      'restore',
      'backups',
      'oxbow-restore-1',
      'attachments-before-1',
    ])
      await put(`home/${name}/x`);
    for (const path of ['home/shared-home/temp/x', 'home/shared-home/attachments/v4/x', 'home/keys/k', 'home/confluence.cfg.xml'])
      await put(path);
    await put('home/attachments/v4/1/1/1/temp');
    expect(paths(await read())).toEqual([
      'home/attachments/v4/1/1/1/temp',
      'home/confluence.cfg.xml',
      'home/keys/k',
      'home/shared-home/attachments/v4/x',
    ]);
  });

  it('name what is no file, and what has a name that no path can hold', async () => {
    await put('home/ok');
    execFileSync('mkfifo', [join(folder, 'home/pipe')]);
    await writeFile(Buffer.concat([Buffer.from(join(folder, 'home/bad')), Buffer.from([0xff])]), 'x');
    expect(paths(await read())).toEqual(['home/ok']);
    expect(warnings.map((warning) => `${warning.code} ${warning.object}`)).toEqual([
      expect.stringMatching(/^FILE_LEFT_OUT .*bad/),
      'FILE_LEFT_OUT home/pipe',
    ]);
  });

  it('say when a file is changed while it is read, and give no half of it', async () => {
    await put('home/large', 'x'.repeat(3_000_000));
    const [file] = await read();
    const stream = file.open();
    await stream.next();
    await truncate(join(folder, 'home/large'), 10);
    await expect(collect(stream)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    expect(warnings.map((warning) => [warning.code, warning.object])).toEqual([['SOURCE_CHANGED', 'home/large']]);
    await put('home/large', 'y'.repeat(3_000_000));
    await expect(collect(file.open())).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  it('of an install directory are what administrators change and what is younger than Confluence, or what a stock one lacks', async () => {
    const long = new Date('2024-01-01');
    const stock = ['bin/catalina.jar', 'conf/server.xml', 'confluence/WEB-INF/lib/confluence-8.5.6.jar', 'confluence/a.jsp'];
    for (const path of stock) {
      for (const root of ['install', 'stock']) {
        await put(`${root}/${path}`, path);
        await utimes(join(folder, root, path), long, long);
      }
    }
    await put('install/confluence/WEB-INF/lib/driver.jar');
    await put('install/conf/server.xml', 'changed');
    await put('install/logs/catalina.out');
    await utimes(join(folder, 'install/conf/server.xml'), long, long);
    await chmod(join(folder, 'install/conf/server.xml'), 0o600);
    const install = join(folder, 'install');
    await mkdir(join(folder, 'home'));
    const of = async (options: Parameters<typeof siteRoots>[1]) => paths(await read(options, { install }));
    const changed = ['install/conf/server.xml', 'install/confluence/WEB-INF/lib/driver.jar'];
    expect(await of({ installFiles: 'changed' })).toEqual(changed);
    expect(await of({ installFiles: 'changed', installStock: join(folder, 'stock') })).toEqual(changed);
    expect((await of({ installFiles: 'all' })).length).toBe(5);
  });
});

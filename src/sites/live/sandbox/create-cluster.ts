import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { ServiceAccount } from './service-account.ts';
import { runTied } from './tied-process.ts';

/** The superuser of every database that Oxbow creates. */
export const databaseUser = 'oxbow';

/** The password in `path`; makes one when the file does not exist. */
export async function readOrCreatePassword(path: string): Promise<string> {
  try {
    await writeFile(path, randomBytes(24).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}

/**
 * Creates a database cluster in `data`, which appears only when it is whole. UTF-8 with PostgreSQL's own C.UTF-8, which sorts and
 * changes case alike on every system; every connection needs the password.
 */
export async function createCluster(binaries: string, data: string, password: string, account: ServiceAccount): Promise<void> {
  const partial = `${data}.partial`;
  const passwordFile = `${data}.password`;
  await rm(partial, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  try {
    await mkdir(partial, { mode: 0o700 });
    await writeFile(passwordFile, password, { flag: 'wx', mode: 0o600 });
    if (account.uid !== undefined && account.gid !== undefined) {
      await chown(partial, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    const options = [`--username=${databaseUser}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8'];
    const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
    const { code, said } = await runTied(
      [join(binaries, 'bin', 'initdb'), '-D', partial, ...options, ...locale, '--no-instructions'],
      account,
    );
    if (code !== 0) {
      throw new OxbowError('SANDBOX_START_FAILED', `PostgreSQL could not create a database in ${data}: ${said}`, {
        hint: 'Look at free space and at the rights of the folder.',
      });
    }
    await rename(partial, data);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(partial, { recursive: true, force: true });
  }
}

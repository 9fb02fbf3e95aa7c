import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { Environment } from './application.ts';

const keyBytes = 32;

/**
 * The key that seals the secrets in the control database: OXBOW_SERVER_KEY (64 hexadecimal digits), OXBOW_SERVER_KEY_FILE, or the file server.key of
 * the data folder, which is made when there is none. Errors: SERVER_KEY_UNUSABLE.
 */
export async function serverKey(data: string, env: Environment): Promise<Buffer> {
  if (env.OXBOW_SERVER_KEY) return parse(env.OXBOW_SERVER_KEY, 'OXBOW_SERVER_KEY');
  const path = env.OXBOW_SERVER_KEY_FILE ?? join(data, 'server.key');
  try {
    if (env.OXBOW_SERVER_KEY_FILE === undefined) await makeKey(path);
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      throw new OxbowError('SERVER_KEY_UNUSABLE', `The key of the server, ${path}, can be read by others.`, {
        hint: `Run: chmod 600 ${path}`,
      });
    }
    return parse(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof OxbowError) throw error;
    throw new OxbowError('SERVER_KEY_UNUSABLE', `The key of the server, ${path}, cannot be used: ${systemErrorCode(error)}.`, {
      hint: 'Check the path and who owns it.',
      cause: error,
    });
  }
}

/** Whole or not at all, and once: of several processes the first one's stays. */
async function makeKey(path: string): Promise<void> {
  if (await stat(path).catch(() => null)) return;
  const aside = `${path}-${randomBytes(8).toString('hex')}`;
  const file = await open(aside, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(keyBytes).toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(aside, path);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function parse(text: string, where: string): Buffer {
  const hex = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(hex)) return Buffer.from(hex, 'hex');
  throw new OxbowError('SERVER_KEY_UNUSABLE', `${where} does not hold a key of 64 hexadecimal digits.`, {
    hint: 'Make one with: openssl rand -hex 32',
  });
}

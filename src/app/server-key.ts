import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { Queries } from '#control/control-database.ts';
import { factOrThis, writeFact } from '#control/sites/registrations.ts';
import type { Environment } from './application.ts';
import type { SecretBox } from './secret-box.ts';

const keyBytes = 32;
const factName = 'server key';

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

/**
 * Holds that all servers of a control database have the key that its secrets were sealed with: at the start, not when a backup needs one.
 * OXBOW_SERVER_KEY_LOST=true takes the present key from now on; the secrets are to be entered again then. Errors: SERVER_KEY_WRONG.
 */
export async function mustBeTheKey(control: Queries, secrets: SecretBox, env: Environment): Promise<void> {
  const mark = { sealed: secrets.seal(factName, factName).toString('base64') };
  const known = await factOrThis(control, factName, mark);
  try {
    secrets.open(Buffer.from(known.sealed, 'base64'), factName);
  } catch (error) {
    if (env.OXBOW_SERVER_KEY_LOST === 'true') return await writeFact(control, factName, mark);
    throw new OxbowError(
      'SERVER_KEY_WRONG',
      'The key of this server is not the one with which the secrets in the control database were sealed.',
      {
        hint: 'Put the old key back (server.key of the data folder, OXBOW_SERVER_KEY_FILE). If it is lost, start once with OXBOW_SERVER_KEY_LOST=true and enter the passwords and passphrases again.',
        cause: error,
      },
    );
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

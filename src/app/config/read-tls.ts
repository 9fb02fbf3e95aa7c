import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { ServerConfig } from './server-config.ts';

/** Certificate (with those that it needs above it) and key, in PEM, after they were seen to fit. Errors: TLS_UNUSABLE. */
export async function readTls({ certificate, key }: NonNullable<ServerConfig['tls']>): Promise<{ cert: Buffer; key: Buffer }> {
  const pair = { cert: await read(certificate), key: await read(key) };
  try {
    createSecureContext(pair);
    return pair;
  } catch (error) {
    throw unusable(`The certificate ${certificate} and the key ${key} cannot be used`, (error as Error).message, error);
  }
}

async function read(path: string): Promise<Buffer> {
  return await readFile(path).catch((error) => {
    throw unusable(`The file ${path}, which TLS needs, cannot be read`, systemErrorCode(error) ?? '', error);
  });
}

function unusable(what: string, reason: string, cause: unknown): OxbowError {
  return new OxbowError('TLS_UNUSABLE', `${what}: ${reason}.`, {
    hint: 'Name a certificate and its key in PEM (tls.certificate, tls.key), readable by the account of the server.',
    cause,
  });
}

import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyPassword } from './verify-password.ts';

const base64 = (algorithm: string, ...parts: (string | Buffer)[]) => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
};

describe('passwords of Confluence', () => {
  it('are known in the form of today, by a hash that another implementation of PBKDF2 made', async () => {
    // Made with Python: base64(salt + hashlib.pbkdf2_hmac('sha1', password, salt, 10000, 32)), the salt being the bytes 0 to 15.
    const word = 'päss wörd';
    const made = '{PKCS5S2}AAECAwQFBgcICQoLDA0OD/7ml0OXXSV+ChnGSu1Fd0lP8AOdjJhpAQM+XD/ZQVeY';
    expect(await verifyPassword(made, word)).toBe(true);
    expect(await verifyPassword(made, `${word} `)).toBe(false);
    expect(await verifyPassword(made, '')).toBe(false);
  });

  it('are known in the older forms', async () => {
    const salt = randomBytes(8);
    const forms = [
      `{SSHA}${Buffer.concat([base64('sha1', 'secret', salt), salt]).toString('base64')}`,
      `{SSHA256}${Buffer.concat([base64('sha256', 'secret', salt), salt]).toString('base64')}`,
      `{SSHA512}${Buffer.concat([base64('sha512', 'secret', salt), salt]).toString('base64')}`,
      `{SHA}${base64('sha1', 'secret').toString('base64')}`,
      `{MD5}${base64('md5', 'secret').toString('base64')}`,
      base64('sha512', 'secret').toString('base64'),
      base64('sha1', 'secret').toString('base64'),
    ];
    for (const form of forms) {
      expect(await verifyPassword(form, 'secret'), form).toBe(true);
      expect(await verifyPassword(form, 'Secret'), form).toBe(false);
    }
  });

  it('never match an account without one, a password in the clear, or what is no hash', async () => {
    const none = [
      null,
      '',
      'nopass',
      'X',
      'secret',
      '{CLEAR}secret',
      '{PLAIN}secret',
      '{PKCS5S2}',
      '{PKCS5S2}c2VjcmV0',
      '{SSHA}',
      '{UNKNOWN}c2VjcmV0',
    ];
    for (const credential of none) expect(await verifyPassword(credential, 'secret'), String(credential)).toBe(false);
    expect(await verifyPassword(base64('sha1', '').toString('base64'), '')).toBe(false);
  });

  it('never match whatever else stands there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string({ minLength: 1 }), async (credential, password) => {
        expect(await verifyPassword(credential, password)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

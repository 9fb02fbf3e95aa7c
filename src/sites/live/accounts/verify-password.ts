import { createHash, pbkdf2 as pbkdf2Callback, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const pbkdf2 = promisify(pbkdf2Callback);
const saltBytes = 16;
const keyBytes = 32;
const iterations = 10_000;
/** What costs as much as a real one and matches nothing: for names that do not exist. */
const decoy = `{PKCS5S2}${randomBytes(saltBytes + keyBytes).toString('base64')}`;

/**
 * Whether a password is the one of `cwd_user.credential`. Forms, of Crowd and of the user management before it (OSUser, atlassian-user):
 * `{PKCS5S2}` base64 of 16 bytes of salt and PBKDF2-HMAC-SHA1 with 10,000 rounds; `{SSHA}`, `{SSHA256}`, `{SSHA512}` base64 of hash and salt;
 * `{SHA}`, `{SHA256}`, `{SHA512}`, `{MD5}` base64 of the hash; without a prefix base64 of SHA-512 or SHA-1. Anything else matches nothing, so do
 * passwords in the clear and the marks of accounts that have none (`nopass`, `X`). Null, for a name that does not exist, takes as long as the usual form.
 */
export async function verifyPassword(credential: string | null, password: string): Promise<boolean> {
  const form = /^\{([A-Za-z0-9]+)\}(.*)$/s.exec(credential ?? decoy);
  const scheme = form ? form[1].toUpperCase() : 'PLAIN';
  const bytes = Buffer.from(form ? form[2] : (credential ?? ''), 'base64');
  if (password === '') return false;
  if (scheme === 'PKCS5S2') {
    if (bytes.length !== saltBytes + keyBytes) return false;
    const key = await pbkdf2(password, bytes.subarray(0, saltBytes), iterations, keyBytes, 'sha1');
    return timingSafeEqual(key, bytes.subarray(saltBytes)) && credential !== null;
  }
  const salted = /^SSHA(|256|512)$/.exec(scheme);
  if (salted) return matches(salted[1] === '' ? 'sha1' : `sha${salted[1]}`, password, bytes, true);
  const plain = { SHA: 'sha1', SHA1: 'sha1', SHA256: 'sha256', SHA512: 'sha512', MD5: 'md5' }[scheme];
  if (plain) return matches(plain, password, bytes, false);
  if (scheme !== 'PLAIN' || !/^[A-Za-z0-9+/]+={0,2}$/.test(credential ?? '')) return false;
  const byLength = new Map([
    [64, 'sha512'],
    [20, 'sha1'],
  ]).get(bytes.length);
  return byLength !== undefined && matches(byLength, password, bytes, false);
}

function matches(algorithm: string, password: string, stored: Buffer, isSalted: boolean): boolean {
  const length = createHash(algorithm).digest().length;
  if (isSalted ? stored.length <= length : stored.length !== length) return false;
  const hash = createHash(algorithm).update(password, 'utf8').update(stored.subarray(length)).digest();
  return timingSafeEqual(hash, stored.subarray(0, length));
}

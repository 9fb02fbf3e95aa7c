import { randomBytes, scrypt as scryptCallback, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const scrypt = promisify(scryptCallback) as (password: string, salt: Buffer, length: number, options: object) => Promise<Buffer>;
const cost = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const saltBytes = 16;
const keyBytes = 32;

/** Salt and scrypt key of a password of Oxbow's own accounts. */
export async function hashPassword(password: string): Promise<Buffer> {
  const salt = randomBytes(saltBytes);
  return Buffer.concat([salt, await scrypt(password.normalize('NFC'), salt, keyBytes, cost)]);
}

export async function matchesPassword(stored: Buffer, password: string): Promise<boolean> {
  const key = await scrypt(password.normalize('NFC'), stored.subarray(0, saltBytes), keyBytes, cost);
  return timingSafeEqual(key, stored.subarray(saltBytes));
}

/** Nineteen signs in groups, easy to read aloud; 95 random bits. */
export function randomPassword(): string {
  const signs = 'abcdefghjkmnpqrstuvwxyz23456789';
  const pick = () => {
    for (;;) {
      const byte = randomBytes(1)[0];
      if (byte < 248) return signs[byte % signs.length];
    }
  };
  return Array.from({ length: 4 }, () => Array.from({ length: 5 }, pick).join('')).join('-');
}

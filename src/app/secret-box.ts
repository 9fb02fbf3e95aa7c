import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { OxbowError } from '#base/errors.ts';

/** Seals secrets that the control database keeps: passwords of sites, passphrases of vaults, of mail servers. */
export interface SecretBox {
  /** @param what it is (site wiki password): a sealed secret opens only as the same */
  seal(secret: string, what: string): Buffer;
  /** Errors: SERVER_KEY_WRONG. */
  open(sealed: Buffer, what: string): string;
  /** Tells whether two texts are the same; without the key it tells nothing, so it may stand beside what is sealed. */
  digest(text: string): string;
}

const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM: iv, tag, ciphertext. @param key 32 bytes */
export function secretBox(key: Buffer): SecretBox {
  const digestKey = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'oxbow server: digest', 32));
  return {
    seal(secret, what) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(what));
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]);
    },
    open(sealed, what) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes }).setAAD(
          Buffer.from(what),
        );
        decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
        return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8');
      } catch (error) {
        throw new OxbowError('SERVER_KEY_WRONG', `The key of this server does not open the secret of ${what}.`, {
          hint: 'Servers that share a control database need the same key (OXBOW_SERVER_KEY_FILE). Enter the secret again if the key is lost.',
          cause: error,
        });
      }
    },
    digest: (text) => createHmac('sha256', digestKey).update(text).digest('hex'),
  };
}

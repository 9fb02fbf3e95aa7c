import { createHash } from 'node:crypto';
import { isOxbowError } from '#base/errors.ts';
import { seal, unseal } from '../crypto/sealed-object.ts';
import type { Vault } from '../vault.ts';

/**
 * Packs that a prune wants to remove. They stay until every write lease that existed when they were marked has ended; a backup that begins
 * after the marking does not rely on them.
 */
export interface PruneMarks {
  /** Of the object: marks/<SHA-256>. */
  key: string;
  /** Names of packs. */
  packs: string[];
  /** Keys of the write leases that stood when the marks were written. */
  waitsFor: string[];
  /** ISO. */
  since: string;
}

const prefix = 'marks/';

export async function writeMarks(vault: Vault, marks: Omit<PruneMarks, 'key'>): Promise<PruneMarks> {
  const bytes = seal(vault.keys.object, 'marks', '', Buffer.from(JSON.stringify(marks)));
  const key = `${prefix}${createHash('sha256').update(bytes).digest('hex')}`;
  await vault.store.put(key, bytes);
  return { key, ...marks };
}

/** The marks that stand in the vault. Damaged ones are left out: nothing is deleted on their word. */
export async function readMarks(vault: Pick<Vault, 'store' | 'keys'>): Promise<PruneMarks[]> {
  const found: PruneMarks[] = [];
  for await (const { key } of vault.store.list(prefix)) {
    try {
      const plain = unseal(vault.keys.object, 'marks', '', await vault.store.get(key), `The marks ${key}`);
      found.push({ key, ...(JSON.parse(plain.toString('utf8')) as Omit<PruneMarks, 'key'>) });
    } catch (error) {
      if (!isOxbowError(error, 'OBJECT_NOT_FOUND') && !isOxbowError(error, 'OBJECT_DAMAGED')) throw error;
    }
  }
  return found;
}

import { createHash } from 'node:crypto';
import { isOxbowError } from '#base/errors.ts';
import { seal, unseal } from '../crypto/sealed-object.ts';
import type { Vault } from '../vault.ts';

/**
 * Packs that a prune or a repair wants to remove. They stay until every write lease that existed when they were marked has ended; a backup that
 * begins after the marking does not rely on them.
 */
export interface PruneMarks {
  /** Of the object: marks/<SHA-256>. */
  key: string;
  /** Names of packs. */
  packs: string[];
  /** Keys of the write leases that stood when the marks were written. */
  waitsFor: string[];
  /** True: `waitsFor` was taken after the marks were visible, so it is complete. Absent: whoever made them was killed before that. */
  settled?: boolean;
  /** ISO. */
  since: string;
}

export const marksPrefix = 'marks/';

export async function writeMarks(
  vault: Vault,
  { packs, waitsFor, settled, since }: Omit<PruneMarks, 'key'>,
): Promise<PruneMarks> {
  const bytes = seal(vault.keys.object, 'marks', '', Buffer.from(JSON.stringify({ packs, waitsFor, settled, since })));
  const key = `${marksPrefix}${createHash('sha256').update(bytes).digest('hex')}`;
  await vault.store.put(key, bytes);
  return { key, packs, waitsFor, settled, since };
}

/** The marks that stand in the vault. Damaged ones are left out: nothing is deleted on their word. */
export async function readMarks(vault: Pick<Vault, 'store' | 'keys'>): Promise<PruneMarks[]> {
  const found: PruneMarks[] = [];
  for await (const { key } of vault.store.list(marksPrefix)) {
    try {
      const plain = unseal(vault.keys.object, 'marks', '', await vault.store.get(key), `The marks ${key}`);
      found.push({ ...(JSON.parse(plain.toString('utf8')) as Omit<PruneMarks, 'key'>), key });
    } catch (error) {
      if (!isOxbowError(error, 'OBJECT_NOT_FOUND') && !isOxbowError(error, 'OBJECT_DAMAGED')) throw error;
    }
  }
  return found;
}

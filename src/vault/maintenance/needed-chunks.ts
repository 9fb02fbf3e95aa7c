import { OxbowError } from '#base/errors.ts';
import { digestOf } from '../chunks/chunk-id.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import { walkReferences } from '../snapshots/references.ts';
import { type Snapshot, shortId } from '../snapshots/snapshot.ts';
import type { TreeSource } from '../tree/tree-reader.ts';

/**
 * Which chunks of an index some snapshot needs: one byte a slot. Subtrees that several snapshots share are walked once. The index must not
 * grow meanwhile.
 */
export class NeededChunks {
  readonly #index: ChunkIndex;
  readonly #seen: Uint8Array;

  constructor(index: ChunkIndex) {
    this.#index = index;
    this.#seen = new Uint8Array(index.capacity);
  }

  /** Adds what a snapshot needs. Throws VAULT_DAMAGED when that cannot be told for sure: then nothing may be removed. */
  async add(source: TreeSource, snapshot: Snapshot): Promise<void> {
    const stop = (what: string, cause?: unknown) => {
      throw new OxbowError('VAULT_DAMAGED', `The snapshot ${shortId(snapshot.id)} is not complete: ${what}.`, {
        hint: 'Run oxbow check, then oxbow repair. Nothing is removed before that.',
        cause,
      });
    };
    await walkReferences(
      source,
      snapshot,
      ({ id }) => {
        const slot = this.#index.slotOf(digestOf(id));
        if (slot < 0) stop(`the chunk ${id} is missing`);
        if (this.#seen[slot] === 1) return false;
        this.#seen[slot] = 1;
        return true;
      },
      (_reference, error) => stop((error as Error).message, error),
    );
  }

  isNeeded(slot: number): boolean {
    return this.#seen[slot] === 1;
  }
}

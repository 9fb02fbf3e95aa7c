import { describe, expect, it } from 'vitest';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { savingsOf } from './home-savings.ts';

const snapshot = (held: number, newBytes: number, storedBytes: number) =>
  ({ statistics: { rowBytes: held - 100, fileBytes: 100, newBytes, storedBytes } }) as SnapshotAnswer;

describe('what a vault saves', () => {
  it('tells what is kept once from what is compressed', () => {
    const all = [snapshot(1000, 0, 0), snapshot(1000, 200, 50), snapshot(1000, 1000, 250)];
    expect(savingsOf(all, null)).toEqual({ held: 3000, unique: 1200, stored: 300 });
    expect(savingsOf(all, { snapshotBytes: 3000, storedBytes: 300 })).toEqual({ held: 3000, unique: 1200, stored: 300 });
  });

  it('counts what snapshots that were removed left behind', () => {
    // The first one was removed; what it brought is still needed by the others.
    const rest = [snapshot(1000, 0, 0), snapshot(1000, 200, 50)];
    expect(savingsOf(rest, { snapshotBytes: 2000, storedBytes: 300 })).toEqual({ held: 2000, unique: 1200, stored: 300 });
  });

  it('divides by nothing where nothing was stored', () => {
    expect(savingsOf([], { snapshotBytes: 0, storedBytes: 0 })).toEqual({ held: 0, unique: 0, stored: 0 });
  });
});

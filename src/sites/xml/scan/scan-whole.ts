import { type ScanOptions, scanObjects } from './scan-objects.ts';
import type { XmlObject, XmlProblem, XmlRoot } from './xml-object.ts';

// Test support: a scan with everything in memory.

export interface WholeScan {
  root: XmlRoot | null;
  objects: XmlObject[];
  problems: XmlProblem[];
  /** What the scan threw, behind the last object. */
  error: unknown;
}

/** Scans the chunks, each of them on its own when `sliceBytes` is not given. */
export async function scanWhole(chunks: Buffer[], options: Partial<ScanOptions> = {}): Promise<WholeScan> {
  const result: WholeScan = { root: null, objects: [], problems: [], error: undefined };
  async function* source() {
    yield* chunks;
  }
  const settings: ScanOptions = {
    sliceBytes: 1,
    onProblem: (problem) => result.problems.push(problem),
    onRoot: (root) => {
      result.root = root;
    },
    ...options,
  };
  try {
    for await (const batch of scanObjects(source(), settings)) result.objects.push(...batch);
  } catch (error) {
    result.error = error;
  }
  return result;
}

/** The bytes in pieces of that many. */
export function inPieces(file: Buffer, bytes: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < file.length; at += bytes) pieces.push(file.subarray(at, at + bytes));
  return pieces;
}

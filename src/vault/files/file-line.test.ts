import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOf } from '../chunks/chunk-id.ts';
import { type FileEntry, fileLine, parseFileLine } from './file-line.ts';

const anyId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => idOf(Buffer.from(bytes)));
// A lone surrogate is no UTF-8: no file system gives one.
const anyText = fc.string({ unit: 'grapheme', maxLength: 30 });
const noParts = fc.constant<string[]>([]);
const common = {
  path: anyText,
  mtime: fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.nat(),
  gid: fc.nat(),
};
const anyFile: fc.Arbitrary<FileEntry> = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant('file' as const),
    size: fc.nat(),
    parts: fc.array(anyId, { maxLength: 4 }),
  }),
  fc.record({ ...common, kind: fc.constant('file' as const), size: fc.nat(), parts: noParts, list: anyId }),
  fc.record({ ...common, kind: fc.constant('folder' as const), size: fc.constant(0), parts: noParts }),
  fc.record({ ...common, kind: fc.constant('link' as const), size: fc.constant(0), parts: noParts, target: anyText }),
);

describe('a line of the list of files', () => {
  it('is parsed to what was written, and is one line of eight fields', () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        const line = fileLine(file);
        expect(parseFileLine(line)).toEqual(file);
        expect(line.indexOf(10)).toBe(line.length - 1);
        expect(line.toString('latin1').split('\t').length).toBe(8);
      }),
    );
  });

  it('that is cut is damaged or another kind of entry, never a crash', () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), (file, cut) => {
        const line = fileLine(file);
        try {
          parseFileLine(line.subarray(0, cut % line.length));
        } catch (error) {
          expect(error).toMatchObject({ code: 'OBJECT_DAMAGED' });
        }
      }),
    );
  });
});

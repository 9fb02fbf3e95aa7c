import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ObjectKind, objectKinds, seal, unseal } from './sealed-object.ts';

const key = randomBytes(32);
const kinds = Object.keys(objectKinds) as ObjectKind[];
const anyKind = fc.constantFrom(...kinds);
const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const open = (bytes: Buffer, kind: ObjectKind = 'index', name = 'n', with_ = key) => unseal(with_, kind, name, bytes, 'It');

describe('a sealed object', () => {
  it('gives back what was sealed, under its key, kind and name only', () => {
    fc.assert(
      fc.property(anyBytes, anyKind, fc.string(), (plain, kind, name) => {
        const sealed = seal(key, kind, name, plain);
        expect(open(sealed, kind, name).equals(plain)).toBe(true);
        expect(() => open(sealed, kind, `${name}x`)).toThrow(/damaged/);
        expect(() => open(sealed, kinds[(kinds.indexOf(kind) + 1) % kinds.length], name)).toThrow(/damaged/);
        expect(() => open(sealed, kind, name, randomBytes(32))).toThrow(/damaged/);
      }),
    );
  });

  it('is damaged by any flipped bit, also by one that makes it look newer', () => {
    const sealed = seal(key, 'index', 'n', Buffer.from('some plain text'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const harmed = Buffer.from(sealed);
      harmed[bit >> 3] ^= 1 << (bit & 7);
      expect(() => open(harmed)).toThrow(expect.objectContaining({ code: 'OBJECT_DAMAGED' }));
    }
  });

  it('is damaged by any cut, and by a byte more', () => {
    const sealed = seal(key, 'index', 'n', Buffer.from('some plain text'));
    for (let length = 0; length < sealed.length; length++)
      expect(() => open(sealed.subarray(0, length))).toThrow(expect.objectContaining({ code: 'OBJECT_DAMAGED' }));
    expect(() => open(Buffer.concat([sealed, Buffer.alloc(1)]))).toThrow(expect.objectContaining({ code: 'OBJECT_DAMAGED' }));
  });

  it('of a later version is not taken for a damaged one', () => {
    const later = seal(key, 'index', 'n', Buffer.from('x'));
    later[4] = 2;
    later.fill(0, 60);
    expect(() => open(later)).toThrow(expect.objectContaining({ code: 'VAULT_VERSION_UNSUPPORTED' }));
  });

  it('is never sealed the same way twice', () => {
    const plain = Buffer.from('x');
    expect(seal(key, 'index', '', plain).equals(seal(key, 'index', '', plain))).toBe(false);
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import yauzl from 'yauzl';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { damagedDocument, xmlDocument } from './arbitrary-document.ts';
import { parseWithSaxes } from './saxes-reference.ts';
import { inPieces, scanWhole, type WholeScan } from './scan-whole.ts';
import type { XmlObject } from './xml-object.ts';

/** Real exports, which are not part of this repository. */
const corpus = process.env.OXBOW_CORPUS ?? resolve(import.meta.dirname, '../../../../../shared/corpus');

/** What a scan found, without the wording of its error: that may quote more when more is at hand. */
const found = ({ error, ...rest }: WholeScan) => ({ ...rest, error: isOxbowError(error) ? error.code : error });

const withoutOffsets = (objects: XmlObject[]) => objects.map((object) => ({ ...object, offset: 0 }));

async function expectSameAsSaxes(file: Buffer): Promise<void> {
  const reference = parseWithSaxes(file);
  expect(reference.errors).toEqual([]);
  const scan = await scanWhole([file]);
  expect(scan.error).toBeUndefined();
  expect(scan.root).toEqual(reference.root);
  expect(withoutOffsets(scan.objects)).toEqual(reference.objects);
  for (const object of scan.objects) expect(file.toString('latin1', object.offset, object.offset + 8)).toMatch(/^<object\s/);
}

describe('a scan against a general XML parser', () => {
  test('gives the same objects for generated files of all dialects', async () => {
    await fc.assert(fc.asyncProperty(xmlDocument, expectSameAsSaxes), { numRuns: 1500 });
  });

  test('gives the same whatever the pieces in which the bytes come', async () => {
    const property = fc.asyncProperty(fc.oneof(xmlDocument, damagedDocument), async (file) => {
      const whole = await scanWhole([file]);
      for (const bytes of [1, 2, 3, 7]) {
        expect(found(await scanWhole(inPieces(file, bytes)))).toEqual(found(whole));
      }
      expect(found(await scanWhole(inPieces(file, 100), { sliceBytes: 1000 }))).toEqual(found(whole));
    });
    await fc.assert(property, { numRuns: 500 });
  });

  test('gives the same when the bytes are cut in two anywhere', async () => {
    for (const file of fc.sample(xmlDocument, { numRuns: 12, seed: 4711 })) {
      const whole = await scanWhole([file]);
      for (let at = 0; at <= file.length; at++) {
        const scan = await scanWhole([file.subarray(0, at), file.subarray(at)]);
        if (JSON.stringify(scan) !== JSON.stringify(whole)) expect({ at, ...scan }).toEqual({ at, ...whole });
      }
    }
  });

  test('of a file cut off anywhere gives right objects and then XML_TRUNCATED', async () => {
    for (const file of fc.sample(xmlDocument, { numRuns: 12, seed: 815 })) {
      const whole = await scanWhole([file]);
      for (let length = 0; length < file.length; length++) {
        const scan = await scanWhole([file.subarray(0, length)]);
        expect(JSON.stringify(scan.objects)).toBe(JSON.stringify(whole.objects.slice(0, scan.objects.length)));
        if (scan.error === undefined) expect(scan.objects.length).toBe(whole.objects.length);
        else {
          expect(isOxbowError(scan.error, 'XML_TRUNCATED')).toBe(true);
          expect((scan.error as OxbowError).details).toMatchObject({ offset: length, objects: scan.objects.length });
        }
      }
    }
  });

  test('of a damaged file throws nothing but an OxbowError, and finds the objects that follow the damage', async () => {
    const last = '<object class="Last" package="p"><id name="id">1</id></object>';
    const property = fc.asyncProperty(damagedDocument, async (file) => {
      const scan = await scanWhole([file]);
      if (scan.error !== undefined) expect(scan.error).toBeInstanceOf(OxbowError);
    });
    await fc.assert(property, { numRuns: 3000 });
    for (const damage of [
      '<',
      '</',
      '<a',
      '<a b',
      '<property name="x>',
      '</object',
      '<object',
      '<object class="A" package="p"',
      '&',
      ']]>',
    ]) {
      const text = `<hibernate-generic><object class="A" package="p"><id name="id">7</id>${damage}${last}</hibernate-generic>`;
      const scan = await scanWhole([Buffer.from(text)]);
      expect([damage, scan.error, scan.objects.map((object) => object.className)]).toEqual([damage, undefined, ['Last']]);
      expect(scan.problems.map((problem) => problem.code)).toContain('XML_MALFORMED_OBJECT');
    }
  });
});

describe.skipIf(!existsSync(corpus))(`real exports (folder OXBOW_CORPUS or ${corpus}; skipped when absent)`, () => {
  const samples = existsSync(corpus)
    ? readdirSync(corpus).filter((name) => name.endsWith('.zip') || existsSync(join(corpus, name, 'entities.xml')))
    : [];

  test('are there', () => {
    expect(samples.length).toBeGreaterThan(0);
  });

  test.each(samples)('%s gives the same objects as a general XML parser', async (name) => {
    const file = name.endsWith('.zip') ? await entitiesOf(join(corpus, name)) : readFileSync(join(corpus, name, 'entities.xml'));
    await expectSameAsSaxes(file);
    const whole = await scanWhole([file]);
    for (const bytes of [7, 4096]) expect(await scanWhole(inPieces(file, bytes))).toEqual(whole);
  });
});

function entitiesOf(path: string): Promise<Buffer> {
  return new Promise((done, fail) => {
    yauzl.open(path, { lazyEntries: true }, (error, zip) => {
      if (error) return fail(error);
      zip.on('error', fail);
      zip.on('end', () => fail(new Error(`${path} has no entities.xml`)));
      zip.on('entry', (entry: yauzl.Entry) => {
        if (entry.fileName !== 'entities.xml') return zip.readEntry();
        zip.openReadStream(entry, (cause, stream) => {
          if (cause) return fail(cause);
          buffer(stream).then(done, fail);
        });
      });
      zip.readEntry();
    });
  });
}

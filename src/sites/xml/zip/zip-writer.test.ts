import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer as readAll } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import yauzl from 'yauzl';
import { openBackupSource } from './backup-source.ts';
import { PartialFile } from './partial-file.ts';
import { ZipWriter, type ZipWriterOptions } from './zip-writer.ts';

const modified = new Date(Date.UTC(2026, 1, 3, 4, 5, 6));
const MIB = 1024 * 1024;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oxbow-zip-writer-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* inPieces(...pieces: (Buffer | string)[]) {
  for (const piece of pieces) yield Buffer.from(piece);
}

/** The descriptors that this process holds, where the system tells (Linux). */
const openFiles = () =>
  readdir('/proc/self/fd').then(
    (fds) => fds.length,
    () => 0,
  );

async function writeZip(
  path: string,
  files: [name: string, ...pieces: (Buffer | string)[]][],
  options: Partial<ZipWriterOptions> = {},
) {
  const writer = await ZipWriter.create(path, { modified, ...options });
  const sizes = [];
  for (const [name, ...pieces] of files) sizes.push(await writer.add(name, inPieces(...pieces)));
  await writer.finish();
  return sizes;
}

/** Reads with our reader, which verifies sizes and checksums. */
async function readZip(path: string): Promise<[string, Buffer][]> {
  const source = await openBackupSource(path);
  const files: [string, Buffer][] = [];
  for await (const entry of source.entries()) files.push([entry.name, await readAll(await entry.open())]);
  await source.close();
  return files;
}

describe('ZipWriter', () => {
  test('what it writes is read back, in order, with names in any script', async () => {
    const path = join(folder, 'a.zip');
    await writeZip(path, [
      ['exportDescriptor.properties', 'exportType=space'],
      ['entities.xml', '<hibernate-generic>', 'grüße', '</hibernate-generic>'],
      ['attachments/1/2/1', ''],
      ['Straße €.txt', 'x'],
    ]);
    expect((await readZip(path)).map(([name, bytes]) => [name, bytes.toString()])).toEqual([
      ['exportDescriptor.properties', 'exportType=space'],
      ['entities.xml', '<hibernate-generic>grüße</hibernate-generic>'],
      ['attachments/1/2/1', ''],
      ['Straße €.txt', 'x'],
    ]);
  });

  test('entries whose size falls on, before and after the edges of blocks are whole', async () => {
    const path = join(folder, 'a.zip');
    const text = Buffer.alloc(5 * MIB + 7, 'text that repeats, with bytes that do not: ');
    for (let i = 0; i < text.length; i += 1000) text.writeUInt32LE((i * 2654435761) >>> 0, Math.min(i, text.length - 4));
    const sizes = [0, 1, 32 * 1024, 32 * 1024 + 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 7];
    const entries = sizes.map((size): [string, Buffer] => [`attachments/1/${size}/1`, text.subarray(0, size)]);
    await writeZip(path, [['entities.xml', 'x'], ...entries]);
    const [, ...read] = await readZip(path);
    expect(read.map(([name, bytes]) => [name, bytes.length])).toEqual(entries.map(([name, bytes]) => [name, bytes.length]));
    expect(read.every(([, bytes], i) => bytes.equals(entries[i]![1]))).toBe(true);
  });

  test('any bytes in any pieces come back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 9000 }),
        async (pieces, repeat) => {
          const path = join(folder, 'p.zip');
          const buffers = pieces.map((piece) => Buffer.concat(Array(repeat).fill(piece)));
          await writeZip(path, [['entities.xml', ...buffers]]);
          expect((await readZip(path))[0]![1].equals(Buffer.concat(buffers))).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('the same content and time give the same bytes, whatever the pieces', async () => {
    const text = Buffer.alloc(3 * MIB, 'the same bytes ');
    await writeZip(join(folder, 'a.zip'), [['entities.xml', text]]);
    await writeZip(join(folder, 'b.zip'), [['entities.xml', text.subarray(0, 12345), text.subarray(12345)]]);
    expect((await readFile(join(folder, 'a.zip'))).equals(await readFile(join(folder, 'b.zip')))).toBe(true);
  });

  test('a chunk may be overwritten as soon as write() returns', async () => {
    const path = join(folder, 'a.zip');
    const writer = await ZipWriter.create(path, { modified });
    const entry = await writer.openEntry('entities.xml');
    const chunk = Buffer.alloc(700_000);
    for (const letter of 'abcdef') await entry.write(chunk.fill(letter));
    expect(await entry.end()).toMatchObject({ size: 4_200_000 });
    await writer.finish();
    const [file] = await readZip(path);
    expect(
      [...'abcdef'].every((letter, i) => file![1].subarray(i * 700_000, (i + 1) * 700_000).equals(Buffer.alloc(700_000, letter))),
    ).toBe(true);
  });

  test('bytes that cannot be compressed are still deflated, and the sizes are told', async () => {
    const path = join(folder, 'a.zip');
    const [, sizes] = await writeZip(path, [
      ['entities.xml', 'x'],
      ['attachments/1/2/1', randomBytes(2 * MIB)],
    ]);
    expect(sizes!.size).toBe(2 * MIB);
    expect(sizes!.compressedSize).toBeGreaterThan(2 * MIB);
    const source = await openBackupSource(path);
    expect(await source.find('attachments/1/2/1')).toMatchObject(sizes!);
    await source.close();
  });

  test('the ZIP64 form of sizes, offsets and counts is read back', async () => {
    const path = join(folder, 'a.zip');
    const files: [string, string][] = [
      ['entities.xml', 'x'.repeat(500)],
      ['attachments/1/2/1', 'small'],
    ];
    await writeZip(path, files, { bounds: { bytes: 100, entries: 2 } });
    expect((await readZip(path)).map(([name, bytes]) => [name, bytes.toString()])).toEqual(files);
    const zip = await yauzl.openPromise(path);
    const extras = [];
    for await (const entry of zip.eachEntry()) extras.push(entry.extraFields.map(({ id, data }) => [id, data.length]));
    // First: the plain size only. Second: nothing but its offset, or nothing when the first entry was short.
    expect(extras[0]).toEqual([[1, 8]]);
    expect((await readFile(path)).includes(Buffer.from('504b0606', 'hex'))).toBe(true);
  });

  test('a central directory too large for memory is spooled, and leaves no file behind', async () => {
    const path = join(folder, 'a.zip');
    const writer = await ZipWriter.create(path, { modified });
    await writer.add('entities.xml', inPieces('x'));
    const long = 'n'.repeat(3000);
    for (let i = 0; i < 800; i++) await writer.add(`attachments/1/${i}/${long}`, inPieces(String(i)));
    await writer.finish();
    expect(await readdir(folder)).toEqual(['a.zip']);
    const files = await readZip(path);
    expect(files).toHaveLength(801);
    expect(files[800]![1].toString()).toBe('799');
  });

  test('the file appears only when finished, is private, and replaces an older one', async () => {
    const path = join(folder, 'a.zip');
    await writeFile(path, 'older');
    const writer = await ZipWriter.create(path, { modified });
    await writer.add('entities.xml', inPieces('new'));
    expect(await readFile(path, 'utf8')).toBe('older');
    expect((await stat(`${path}.${process.pid}.partial`)).mode & 0o777).toBe(0o600);
    await writer.finish();
    expect((await readZip(path))[0]![1].toString()).toBe('new');
    expect(await readdir(folder)).toEqual(['a.zip']);
  });

  test('abort() removes the partial file and keeps the older one, also in the middle of an entry and twice', async () => {
    const path = join(folder, 'a.zip');
    await writeFile(path, 'older');
    const before = await openFiles();
    const writer = await ZipWriter.create(path, { modified });
    const entry = await writer.openEntry('entities.xml');
    await entry.write(Buffer.alloc(3 * MIB));
    await writer.abort();
    await writer.abort();
    expect(await openFiles()).toBe(before);
    expect(await readdir(folder)).toEqual(['a.zip']);
    expect(await readFile(path, 'utf8')).toBe('older');
  });

  test('abort() after finish() keeps the zip', async () => {
    const path = join(folder, 'a.zip');
    const writer = await ZipWriter.create(path, { modified });
    await writer.add('entities.xml', inPieces('x'));
    await writer.finish();
    await writer.abort();
    expect(await readdir(folder)).toEqual(['a.zip']);
  });

  test('abort() after a failed finish() removes the partial file', async () => {
    const path = join(folder, 'a.zip');
    const writer = await ZipWriter.create(path, { modified });
    await mkdir(join(path, 'in-the-way'), { recursive: true });
    await expect(writer.finish()).rejects.toMatchObject({ code: 'BACKUP_NOT_WRITTEN' });
    await writer.abort();
    expect(await readdir(folder)).toEqual(['a.zip']);
  });

  test('PARTIAL_FILE_EXISTS when another export to the same name is under way', async () => {
    const path = join(folder, 'a.zip');
    const first = await ZipWriter.create(path, { modified });
    await expect(ZipWriter.create(path, { modified })).rejects.toMatchObject({ code: 'PARTIAL_FILE_EXISTS' });
    await first.abort();
  });

  test('BACKUP_NOT_WRITTEN when the folder does not exist', async () => {
    await expect(ZipWriter.create(join(folder, 'no', 'a.zip'), { modified })).rejects.toMatchObject({
      code: 'BACKUP_NOT_WRITTEN',
    });
  });

  test('ZIP_UNSAFE_NAME for a name that its own reader would refuse', async () => {
    for (const name of ['../a', '/a', 'a/', 'a//b', './a', '', 'a\\b', 'C:a', 'a\0']) {
      const writer = await ZipWriter.create(join(folder, 'a.zip'), { modified });
      await expect(writer.add(name, inPieces('x'))).rejects.toMatchObject({ code: 'ZIP_UNSAFE_NAME' });
      await writer.abort();
    }
  });

  test.skipIf(!existsSync('/dev/full'))('DISK_FULL, naming the zip, when the disk has no room', async () => {
    const path = join(folder, 'a.zip');
    const writer = new ZipWriter(new PartialFile(await open('/dev/full', 'w'), join(folder, 'a.zip.partial'), path), {
      modified,
    });
    const error = await writer.add('entities.xml', inPieces(randomBytes(4 * MIB))).catch((error) => error);
    expect(error).toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining(path) });
    await writer.abort();
  });

  test('a failing source fails add(), and the zip can be aborted', async () => {
    const writer = await ZipWriter.create(join(folder, 'a.zip'), { modified });
    const failing = (async function* () {
      yield Buffer.alloc(2 * MIB);
      throw new Error('the source broke');
    })();
    await expect(writer.add('entities.xml', failing)).rejects.toThrow('the source broke');
    await expect(writer.finish()).rejects.toThrow('still open');
    await writer.abort();
    expect(await readdir(folder)).toEqual([]);
  });
});

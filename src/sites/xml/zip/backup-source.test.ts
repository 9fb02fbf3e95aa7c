import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer as readAll, text } from 'node:stream/consumers';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { limits } from '#base/limits.ts';
import { type BackupSource, openBackupSource } from './backup-source.ts';

let folder: string;
let zipPath: string;
let source: BackupSource | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oxbow-backup-'));
  zipPath = join(folder, 'backup.zip');
});
afterEach(async () => {
  await source?.close();
  source = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** An entry and every lie that a zip can tell about it. */
interface Fixture {
  name: string | Buffer;
  text?: string;
  method?: number;
  flags?: number;
  crc?: number;
  size?: number;
  compressedSize?: number;
  /** The bytes after the local header. */
  data?: Buffer;
  attributes?: number;
  offset?: number;
}

/** A zip by hand. `count` is what its end record says. */
function zipOf(entries: Fixture[], count = entries.length): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const plain = Buffer.from(entry.text ?? '');
    const method = entry.method ?? 8;
    const data = entry.data ?? (method === 8 ? deflateRawSync(plain) : plain);
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(entry.flags ?? 0x800, 8);
    header.writeUInt16LE(method, 10);
    header.writeUInt32LE(entry.crc ?? crc32(plain), 16);
    header.writeUInt32LE(entry.compressedSize ?? data.length, 20);
    header.writeUInt32LE(entry.size ?? plain.length, 24);
    header.writeUInt16LE(name.length, 28);
    header.writeUInt32LE(entry.attributes ?? 0, 38);
    header.writeUInt32LE(entry.offset ?? position, 42);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    header.copy(local, 6, 8, 30);
    parts.push(local, name, data);
    directory.push(header, name);
    position += 30 + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count & 0xffff, 8);
  end.writeUInt16LE(count & 0xffff, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(position, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

const entities: Fixture = { name: 'entities.xml', text: '<hibernate-generic></hibernate-generic>' };

async function openBytes(bytes: Buffer | string): Promise<BackupSource> {
  await writeFile(zipPath, bytes);
  source = await openBackupSource(zipPath);
  return source;
}

const openZip = (...entries: Fixture[]) => openBytes(zipOf(entries));

async function files(backup: BackupSource): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of backup.entries()) found[entry.name] = await text(await entry.open());
  return found;
}

/** The error of opening and then reading everything. */
async function failure(bytes: Buffer | string): Promise<unknown> {
  const backup = await openBytes(bytes).catch((error) => error);
  if (backup instanceof Error) return backup;
  const error = await files(backup).catch((error) => error);
  await backup.close();
  return error;
}

/** The descriptors that this process holds, where the system tells (Linux). */
const openFiles = () =>
  readdir('/proc/self/fd').then(
    (fds) => fds.length,
    () => 0,
  );

describe('a zip', () => {
  test('is read by listing and by name, more than once and several entries at a time', async () => {
    const backup = await openZip(
      entities,
      { name: 'attachments/1/2/1', text: 'one' },
      { name: 'attachments/1/2/2', text: 'two', method: 0 },
    );
    expect(backup).toMatchObject({ kind: 'zip', path: zipPath, problems: [] });
    const all = { 'entities.xml': entities.text, 'attachments/1/2/1': 'one', 'attachments/1/2/2': 'two' };
    expect(await files(backup)).toEqual(all);
    expect(await files(backup)).toEqual(all);
    const [one, two] = await Promise.all(['attachments/1/2/1', 'attachments/1/2/2'].map((name) => backup.find(name)));
    expect(one).toMatchObject({ name: 'attachments/1/2/1', size: 3, compressedSize: 5 });
    const streams = await Promise.all([one!.open(), two!.open(), one!.open()]);
    expect(await Promise.all(streams.map((stream) => text(stream)))).toEqual(['one', 'two', 'one']);
    expect(await backup.find('attachments/1/2/3')).toBeUndefined();
  });

  test('without exportDescriptor.properties opens', async () => {
    const backup = await openZip(entities);
    expect(await backup.find('exportDescriptor.properties')).toBeUndefined();
  });

  test("with './' and backslashes in its names gives plain names", async () => {
    const backup = await openZip(
      { ...entities, name: './entities.xml' },
      { name: 'attachments\\1\\2\\1', text: 'x' },
      { name: './plugin-data//a', text: 'y' },
    );
    expect(Object.keys(await files(backup))).toEqual(['entities.xml', 'attachments/1/2/1', 'plugin-data/a']);
    expect(await text(await (await backup.find('attachments/1/2/1'))!.open())).toBe('x');
  });

  test('that was packed again is read without its folder entries and system files, which are noted once', async () => {
    const backup = await openZip(
      { name: 'attachments/', method: 0 },
      { name: 'attachments/1/', method: 0 },
      entities,
      { name: '__MACOSX/._entities.xml', text: 'x' },
      { name: 'attachments/.DS_Store', text: 'x' },
    );
    expect(Object.keys(await files(backup))).toEqual(['entities.xml']);
    expect(await backup.find('attachments/.DS_Store')).toBeUndefined();
    expect(backup.problems.map(({ code }) => code)).toEqual(['ZIP_FOLDER_ENTRIES', 'ZIP_SYSTEM_FILES']);
  });

  test('with one wrapper folder is read from inside it, with the problem ZIP_NESTED_FOLDER', async () => {
    const backup = await openZip(
      { ...entities, name: 'my export/entities.xml' },
      { name: 'my export/attachments/1/2/1', text: 'x' },
      { name: 'note.txt', text: 'n' },
    );
    expect(backup.problems).toMatchObject([{ code: 'ZIP_NESTED_FOLDER', object: 'my export/' }]);
    expect(Object.keys(await files(backup))).toEqual(['entities.xml', 'attachments/1/2/1']);
    expect(await backup.find('entities.xml')).toMatchObject({ name: 'entities.xml' });
    expect(await backup.find('my export/entities.xml')).toBeUndefined();
  });

  test('of more than 65,535 entries whose writer knew no ZIP64 is read whole', async () => {
    const many = Array.from({ length: 66_000 }, (_, i): Fixture => ({ name: `attachments/1/${i}/1`, method: 0, text: 'x' }));
    const backup = await openZip(entities, ...many);
    let count = 0;
    for await (const _ of backup.entries()) count++;
    expect(count).toBe(66_001);
    expect(await backup.find('attachments/1/65999/1')).toBeDefined();
  });

  test('lets go of a stream that is destroyed early, and of all when it is closed', async () => {
    const before = await openFiles();
    const backup = await openZip({ ...entities, text: 'x'.repeat(3_000_000) });
    const entry = (await backup.find('entities.xml'))!;
    for await (const chunk of await entry.open()) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    const unread = await entry.open();
    await backup.close();
    source = undefined;
    expect(unread).toMatchObject({ destroyed: true, readableEnded: false });
    expect(await openFiles()).toBe(before);
    await expect(entry.open()).rejects.toMatchObject({ code: 'BACKUP_UNREADABLE' });
  });

  test('that is refused leaves no file open', async () => {
    const before = await openFiles();
    await openZip(entities, entities).catch(() => {});
    await openBytes('not a zip').catch(() => {});
    expect(await openFiles()).toBe(before);
  });
});

describe('a hostile or damaged zip fails with', () => {
  test('ZIP_NOT_A_ZIP, saying what it looks like', async () => {
    const tar = Buffer.alloc(1024);
    tar.write('entities.xml', 0);
    tar.write('ustar', 257);
    const wrong: [Buffer | string, string][] = [
      ['', 'an empty file'],
      ['\n<!DOCTYPE html><html><title>Log in</title>', 'an HTML page'],
      [gzipSync('entities'), 'a gzip file'],
      [tar, 'a tar archive'],
      ['<?xml version="1.0"?><hibernate-generic/>', 'an XML file'],
      ['<hibernate-generic/>', 'an XML file'],
      [Buffer.alloc(5000), 'a file of zero bytes only'],
      ['what is this', 'something unknown'],
    ];
    for (const [bytes, kind] of wrong) {
      expect(await failure(bytes)).toMatchObject({
        code: 'ZIP_NOT_A_ZIP',
        message: expect.stringContaining(kind),
        hint: expect.any(String),
      });
    }
  });

  test('ZIP_TRUNCATED when its end is missing, wherever it was cut', async () => {
    const whole = zipOf([{ ...entities, text: 'x'.repeat(100_000) }]);
    for (const bytes of [31, 100, whole.length - 60, whole.length - 22, whole.length - 1]) {
      expect(await failure(whole.subarray(0, bytes))).toMatchObject({ code: 'ZIP_TRUNCATED' });
    }
  });

  test('ZIP_TRUNCATED when it has fewer entries than it says', async () => {
    expect(await failure(zipOf([entities], 2))).toMatchObject({ code: 'ZIP_TRUNCATED' });
  });

  test('ZIP_TRUNCATED when an entry reaches beyond the end', async () => {
    expect(await failure(zipOf([{ ...entities, compressedSize: 5000 }]))).toMatchObject({ code: 'ZIP_TRUNCATED' });
  });

  test('ZIP_TRUNCATED when the file is cut while it is open', async () => {
    const backup = await openZip({ ...entities, method: 0, text: 'x'.repeat(2_000_000) });
    const entry = (await backup.find('entities.xml'))!;
    await truncate(zipPath, 1_000_000);
    await expect(readAll(await entry.open())).rejects.toMatchObject({ code: 'ZIP_TRUNCATED' });
    await truncate(zipPath, 0);
    await expect(entry.open()).rejects.toMatchObject({ code: 'ZIP_TRUNCATED' });
  });

  test('ZIP_DAMAGED when its list of entries is not one, or points elsewhere', async () => {
    const broken = zipOf([entities]);
    broken.writeUInt32LE(0, broken.length - 22 - 46 - entities.name.length);
    expect(await failure(broken)).toMatchObject({ code: 'ZIP_DAMAGED' });
    const moved = zipOf([{ ...entities, text: 'x'.repeat(5) }]);
    moved.writeUInt32LE(0, 0);
    expect(await failure(moved)).toMatchObject({ code: 'ZIP_DAMAGED', message: expect.stringContaining('entities.xml') });
  });

  test('ZIP_DAMAGED when its compressed data are none', async () => {
    expect(await failure(zipOf([{ ...entities, data: Buffer.from('ffffffff', 'hex') }]))).toMatchObject({ code: 'ZIP_DAMAGED' });
    expect(await failure(zipOf([{ ...entities, data: deflateRawSync(entities.text!).subarray(0, -4) }]))).toMatchObject({
      code: 'ZIP_DAMAGED',
    });
  });

  test('ZIP_SPLIT for one part of a split zip', async () => {
    const part = zipOf([entities]);
    part.writeUInt16LE(2, part.length - 18);
    expect(await failure(part)).toMatchObject({ code: 'ZIP_SPLIT' });
  });

  test('ZIP_ENCRYPTED', async () => {
    expect(await failure(zipOf([{ ...entities, flags: 0x801 }]))).toMatchObject({
      code: 'ZIP_ENCRYPTED',
      message: expect.stringContaining('entities.xml'),
    });
    expect(await failure(zipOf([{ ...entities, flags: 0x841 }]))).toMatchObject({ code: 'ZIP_ENCRYPTED' });
  });

  test('ZIP_UNSUPPORTED_COMPRESSION, naming method and entry', async () => {
    const error = await failure(zipOf([entities, { name: 'attachments/1/2/1', text: 'x', method: 9 }]));
    expect(error).toMatchObject({ code: 'ZIP_UNSUPPORTED_COMPRESSION', details: { method: 9 } });
    expect(error).toMatchObject({ message: expect.stringMatching(/attachments\/1\/2\/1.*Deflate64/) });
  });

  test.each([
    '../evil',
    'a/../../evil',
    '..',
    '..\\evil',
    '/etc/passwd',
    '\\\\server\\share',
    'C:\\evil',
    'c:evil',
    'a\0b',
    '',
    `a/${'n'.repeat(5000)}`,
  ])('ZIP_UNSAFE_NAME for %j', async (name) => {
    expect(await failure(zipOf([entities, { name, text: 'x' }]))).toMatchObject({ code: 'ZIP_UNSAFE_NAME' });
  });

  test('ZIP_UNSAFE_NAME for a folder or a system file with such a name', async () => {
    expect(await failure(zipOf([entities, { name: '__MACOSX/../../x', text: 'x' }]))).toMatchObject({ code: 'ZIP_UNSAFE_NAME' });
    expect(await failure(zipOf([entities, { name: '../', method: 0 }]))).toMatchObject({ code: 'ZIP_UNSAFE_NAME' });
  });

  test('ZIP_SYMLINK for an entry with the mode of a link', async () => {
    const link = { name: 'attachments/1/2/1', text: '/etc/passwd', attributes: 0o120777 * 0x10000 };
    expect(await failure(zipOf([entities, link]))).toMatchObject({
      code: 'ZIP_SYMLINK',
      message: expect.stringContaining('attachments/1/2/1'),
    });
  });

  test('ZIP_DUPLICATE_ENTRY, also when the names differ in writing only', async () => {
    expect(await failure(zipOf([entities, entities]))).toMatchObject({ code: 'ZIP_DUPLICATE_ENTRY' });
    expect(await failure(zipOf([entities, { ...entities, name: './entities.xml' }]))).toMatchObject({
      code: 'ZIP_DUPLICATE_ENTRY',
    });
    const twice = [
      { name: 'attachments\\1', text: 'a' },
      { name: 'attachments/1', text: 'b' },
    ];
    expect(await failure(zipOf([entities, ...twice]))).toMatchObject({
      code: 'ZIP_DUPLICATE_ENTRY',
      message: expect.stringContaining('attachments/1'),
    });
  });

  test('ZIP_TOO_MANY_ENTRIES from what the end record says', async () => {
    const end64 = Buffer.alloc(76);
    end64.writeUInt32LE(0x06064b50, 0);
    end64.writeBigUInt64LE(BigInt(limits.zipEntries + 1), 32);
    end64.writeUInt32LE(0x07064b50, 56);
    const zip = zipOf([entities]);
    end64.writeBigUInt64LE(BigInt(zip.length - 22), 64);
    const lying = Buffer.concat([zip.subarray(0, -22), end64, zip.subarray(-22)]);
    expect(await failure(lying)).toMatchObject({ code: 'ZIP_TOO_MANY_ENTRIES' });
  });

  test('ZIP_BOMB when an entry claims more than Deflate can give', async () => {
    expect(await failure(zipOf([{ ...entities, size: 0xf0000000 }]))).toMatchObject({ code: 'ZIP_BOMB' });
  });

  test('ZIP_BOMB when an entry gives more than it promises, before the rest is inflated', async () => {
    const backup = await openZip({ name: 'entities.xml', text: 'x'.repeat(50_000_000), size: 1000 });
    let seen = 0;
    const reading = async () => {
      for await (const chunk of await (await backup.find('entities.xml'))!.open()) seen += chunk.length;
    };
    await expect(reading()).rejects.toMatchObject({ code: 'ZIP_BOMB', message: expect.stringContaining('entities.xml') });
    expect(seen).toBeLessThanOrEqual(1000);
  });

  test('ZIP_SIZE_MISMATCH when an entry gives less than it promises, or is stored in two sizes', async () => {
    expect(await failure(zipOf([{ ...entities, size: 1000 }]))).toMatchObject({ code: 'ZIP_SIZE_MISMATCH' });
    expect(await failure(zipOf([{ ...entities, method: 0, size: 1000 }]))).toMatchObject({ code: 'ZIP_SIZE_MISMATCH' });
  });

  test('ZIP_CRC_MISMATCH when one byte is wrong', async () => {
    expect(await failure(zipOf([{ ...entities, crc: 1 }]))).toMatchObject({
      code: 'ZIP_CRC_MISMATCH',
      message: expect.stringContaining('entities.xml'),
    });
    const flipped = zipOf([{ ...entities, method: 0 }]);
    flipped[50]! ^= 1;
    expect(await failure(flipped)).toMatchObject({ code: 'ZIP_CRC_MISMATCH' });
  });

  test('an error that waits for its reader when it comes before anybody reads', async () => {
    const backup = await openZip({ ...entities, crc: 1 });
    const stream = await (await backup.find('entities.xml'))!.open();
    await vi.waitFor(() => expect(stream.errored).not.toBeNull());
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'ZIP_CRC_MISMATCH' });
  });

  test('ZIP_OVERLAPPING when two entries share bytes', async () => {
    const shared = { name: 'attachments/1/2/1', text: entities.text, offset: 0 };
    expect(await failure(zipOf([entities, shared]))).toMatchObject({ code: 'ZIP_OVERLAPPING' });
    const intoDirectory = { ...entities, data: Buffer.alloc(10), size: 60, compressedSize: 60, method: 0 };
    expect(await failure(zipOf([intoDirectory]))).toMatchObject({ code: 'ZIP_OVERLAPPING' });
  });

  test('BACKUP_NO_ENTITIES, saying what it holds', async () => {
    expect(await failure(zipOf([]))).toMatchObject({ code: 'BACKUP_NO_ENTITIES', message: expect.stringContaining('no files') });
    expect(await failure(zipOf([{ name: 'photo.jpg', text: 'x' }]))).toMatchObject({
      code: 'BACKUP_NO_ENTITIES',
      message: expect.stringContaining('photo.jpg'),
    });
    expect(await failure(zipOf([{ name: 'Confluence-export.zip', text: 'x' }]))).toMatchObject({
      hint: expect.stringContaining('Confluence-export.zip'),
    });
    const two = ['a/entities.xml', 'b/entities.xml'].map((name) => ({ ...entities, name }));
    expect(await failure(zipOf(two))).toMatchObject({
      code: 'BACKUP_NO_ENTITIES',
      message: expect.stringContaining('"a/", "b/"'),
    });
  });

  test('BACKUP_CLOUD_CSV, with the advice to export XML', async () => {
    const descriptor = { name: 'exportDescriptor.properties', text: 'exportFormat=csv\nexportType=space\n' };
    for (const entries of [[descriptor], [{ name: 'spaces.csv', text: 'id,key' }], [{ name: 'x/spaces.csv.gz', text: '' }]]) {
      expect(await failure(zipOf(entries))).toMatchObject({ code: 'BACKUP_CLOUD_CSV', hint: expect.stringContaining('XML') });
    }
  });
});

describe('a folder', () => {
  const write = async (name: string, content: string) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  };
  const openFolder = async (path = folder) => {
    source = await openBackupSource(path);
    return source;
  };

  test('is read like the zip it came from, in the order of names', async () => {
    await write('exportDescriptor.properties', 'exportType=all');
    await write('entities.xml', 'x');
    await write('attachments/2/1/1', 'two');
    await write('attachments/1/1/1', 'one');
    await write('attachments/.DS_Store', 'x');
    const backup = await openFolder();
    expect(backup).toMatchObject({ kind: 'folder', problems: [] });
    expect(Object.keys(await files(backup))).toEqual([
      'attachments/1/1/1',
      'attachments/2/1/1',
      'entities.xml',
      'exportDescriptor.properties',
    ]);
    expect(await backup.find('attachments/1/1/1')).toMatchObject({ size: 3, compressedSize: 3 });
    for (const name of [
      'attachments',
      'attachments/1/1/2',
      '../backup.zip',
      '/etc/passwd',
      'attachments//1/1/1',
      'entities.xml/x',
    ]) {
      expect(await backup.find(name)).toBeUndefined();
    }
  });

  test('with one wrapper folder is read from inside it', async () => {
    await write('export/entities.xml', 'x');
    await write('export/attachments/1/2/1', 'y');
    const backup = await openFolder();
    expect(backup.problems).toMatchObject([{ code: 'ZIP_NESTED_FOLDER', object: 'export/' }]);
    expect(await files(backup)).toEqual({ 'entities.xml': 'x', 'attachments/1/2/1': 'y' });
  });

  test('is never left through a symbolic link inside it, and the links are noted', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'oxbow-outside-'));
    onTestFinished(() => rm(outside, { recursive: true }));
    await mkdir(join(outside, '2'));
    await writeFile(join(outside, '2', '1'), 'secret');
    await write('entities.xml', 'x');
    await write('attachments/9/9/1', 'y');
    await symlink(outside, join(folder, 'attachments', '1'));
    await symlink(join(outside, '2', '1'), join(folder, 'attachments', '9', '9', '2'));
    const backup = await openFolder();
    expect(await files(backup)).toEqual({ 'entities.xml': 'x', 'attachments/9/9/1': 'y' });
    expect(await backup.find('attachments/1/2/1')).toBeUndefined();
    expect(await backup.find('attachments/9/9/2')).toBeUndefined();
    expect(backup.problems).toMatchObject([
      { code: 'FOLDER_SYMLINK', object: 'attachments/1', message: expect.stringContaining('2 symbolic links') },
    ]);
  });

  test('may itself be given through a symbolic link', async () => {
    await write('real/entities.xml', 'x');
    await symlink(join(folder, 'real'), join(folder, 'link'));
    expect(await files(await openFolder(join(folder, 'link')))).toEqual({ 'entities.xml': 'x' });
  });

  test('fails with BACKUP_NOT_FOUND, BACKUP_NO_ENTITIES or BACKUP_CLOUD_CSV', async () => {
    await expect(openFolder(join(folder, 'missing'))).rejects.toMatchObject({
      code: 'BACKUP_NOT_FOUND',
      message: expect.stringContaining('missing'),
    });
    await expect(openFolder()).rejects.toMatchObject({ code: 'BACKUP_NO_ENTITIES' });
    await write('exportDescriptor.properties', 'exportFormat=csv');
    await expect(openFolder()).rejects.toMatchObject({ code: 'BACKUP_CLOUD_CSV' });
  });

  test('holds no file open after a stream is destroyed or the source is closed', async () => {
    await write('entities.xml', 'x'.repeat(3_000_000));
    const before = await openFiles();
    const backup = await openFolder();
    for await (const _ of await (await backup.find('entities.xml'))!.open()) break;
    await vi.waitFor(async () => expect(await openFiles()).toBe(before));
    await (await backup.find('entities.xml'))!.open();
    expect(await openFiles()).toBe(before && before + 1);
    await backup.close();
    expect(await openFiles()).toBe(before);
  });
});

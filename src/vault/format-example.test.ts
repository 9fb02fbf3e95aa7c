import { createDecipheriv, createHash, createHmac, hkdfSync, scryptSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { chunkDigest, idOf } from './chunks/chunk-id.ts';
import { encodeIndex, unsealIndex } from './chunks/index-format.ts';
import { openChunk, packKeyOf, packKeyPath, readPackEntries } from './chunks/pack-format.ts';
import { deriveVaultKeys } from './crypto/vault-keys.ts';
import { gearTable } from './files/fast-cdc.ts';
import { fileLine, parseFileLine } from './files/file-line.ts';
import { readLedger } from './ledger/ledger.ts';
import { readSnapshot } from './snapshots/list-snapshots.ts';
import { MemoryStore } from './store/memory-store.ts';
import { boundaryHash } from './tree/row-key.ts';
import { decodeNode, encodeNode } from './tree/tree-node.ts';
import { boundarySeed, openVault, type Vault } from './vault.ts';
import { holder } from './vault-fixture.ts';

// The examples of docs/formats/vault.md, read by Oxbow and by a reader that knows nothing but that page.

const page = readFileSync(join(import.meta.dirname, '../../docs/formats/vault.md'), 'utf8');

function example(name: string): string {
  const found = page.match(new RegExp(`\`\`\`text\nexample: ${name}\n([^]*?)\n\`\`\``));
  if (!found) throw new Error(`docs/formats/vault.md has no example ${name}`);
  return found[1];
}
/** An object of the page: its key, then its bytes in hex. */
function object(name: string): { key: string; bytes: Buffer } {
  const [key, ...lines] = example(name).split('\n');
  return { key, bytes: Buffer.from(lines.join(''), 'hex') };
}
const hex = (name: string) => Buffer.from(example(name).replaceAll('\n', ''), 'hex');
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
/** A line of an example: its value by its name. */
const field = (name: string, key: string) =>
  example(name)
    .split('\n')
    .find((line) => line.startsWith(key))!
    .slice(key.length)
    .trim();

const master = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
const keySlot = () => {
  const [key, ...lines] = example('key slot').split('\n');
  return { key, text: `${lines.join('\n')}\n` };
};

describe('the page on the format, read by a reader of its own,', () => {
  const derive = (key: Buffer, salt: Buffer, purpose: string) =>
    Buffer.from(hkdfSync('sha256', key, salt, `oxbow vault 1: ${purpose}`, 32));
  const none = Buffer.alloc(0);
  function decrypt(key: Buffer, nonce: Buffer, data: Buffer, bytes: Buffer): Buffer {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce);
    decipher.setAAD(data);
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
  }
  function unseal(bytes: Buffer, kind: number, name = ''): Buffer {
    expect([bytes.toString('latin1', 0, 4), bytes[4], bytes[5]]).toEqual(['OXBO', 1, kind]);
    const key = derive(derive(master, none, 'object'), bytes.subarray(6, 38), 'sealed');
    const data = Buffer.concat([bytes.subarray(0, 38), Buffer.from(name)]);
    return zstdDecompressSync(decrypt(key, Buffer.alloc(12), data, bytes.subarray(38)));
  }

  it('gives the keys, and the master key to the passphrase', () => {
    for (const purpose of ['chunk id', 'pack', 'object', 'chunker', 'config'])
      expect(derive(master, none, purpose).toString('hex')).toBe(field('keys', purpose));
    const { key, text } = keySlot();
    expect(key).toBe(`keys/${sha256(Buffer.from(text)).slice(0, 32)}`);
    const { kdf, wrapped } = JSON.parse(text);
    const { N, r, p, salt } = kdf;
    const wrapping = scryptSync('correct horse battery', Buffer.from(salt, 'base64'), 32, { N, r, p, maxmem: 2 ** 28 });
    const bytes = Buffer.from(wrapped, 'base64');
    const data = Buffer.from(`oxbow key 1\n000102030405060708090a0b0c0d0e0f\n${N} ${r} ${p} ${salt}`);
    const plain = JSON.parse(decrypt(wrapping, bytes.subarray(0, 12), data, bytes.subarray(12)).toString());
    expect(plain).toMatchObject({ master: master.toString('base64'), label: 'example' });
  });

  it('gives an authentic configuration', () => {
    const { mac, ...config } = JSON.parse(example('config'));
    const { format, version, id, createdAt, lockDays } = config;
    const text = JSON.stringify([format, version, id, createdAt, lockDays]);
    expect(
      createHmac('sha256', derive(master, none, 'config'))
        .update(text)
        .digest('base64'),
    ).toBe(mac);
  });

  it('gives the chunk of the pack, through its own list and through the index', () => {
    const { key, bytes } = object('pack');
    const name = sha256(bytes);
    expect(key).toBe(`packs/${name.slice(0, 2)}/${name}`);
    expect(bytes.toString('latin1', 0, 4)).toBe('OXBP');
    const salt = bytes.subarray(8, 40);
    const packKey = derive(derive(master, none, 'pack'), salt, 'pack');
    const length = bytes.readUInt32BE(bytes.length - 8);
    const trailer = bytes.subarray(bytes.length - 8 - length, bytes.length - 8);
    const list = decrypt(packKey, Buffer.alloc(12, 0xff), Buffer.from('oxbow pack 1 trailer'), trailer);
    expect(list.length).toBe(46);
    const digest = list.subarray(0, 32);
    const [kind, packed] = [list[32], list[33]];
    const [offset, size, plainLength] = [34, 38, 42].map((at) => list.readUInt32BE(at));
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(offset, 8);
    const data = Buffer.concat([digest, Buffer.from([kind, packed]), list.subarray(42, 46)]);
    const plain = decrypt(packKey, nonce, data, bytes.subarray(offset, offset + size));
    expect([kind, packed, plainLength, plain.toString()]).toEqual([1, 0, plain.length, '1\thello\n']);
    const again = createHmac('sha256', derive(master, none, 'chunk id'))
      .update(Buffer.from([kind]))
      .update(plain)
      .digest();
    expect(digest.equals(again)).toBe(true);
    expect([digest.toString('hex'), digest.toString('base64url')]).toEqual([field('chunk', 'digest'), field('chunk', 'id')]);

    const index = object('index');
    expect(index.key).toBe(`index/${sha256(index.bytes)}`);
    const body = unseal(index.bytes, 1);
    expect(body.equals(hex('index body'))).toBe(true);
    expect(body.toString('hex', 0, 32)).toBe(name);
    expect(body.subarray(32, 64).equals(salt)).toBe(true);
    expect([body.readUInt32BE(64), body.readUInt32BE(68)]).toEqual([bytes.length, 1]);
    expect(body.subarray(72).equals(list)).toBe(true);
  });

  it('gives the snapshot and the ledger', () => {
    const snapshot = object('snapshot');
    expect(snapshot.key).toBe(`snapshots/${sha256(snapshot.bytes)}`);
    expect(unseal(snapshot.bytes, 2).toString()).toBe(example('snapshot header'));
    const ledger = object('ledger');
    expect(unseal(ledger.bytes, 3, ledger.key).toString()).toBe(example('ledger state'));
    const id = createHmac('sha256', derive(master, none, 'chunk id'))
      .update(Buffer.from([5]))
      .update(example('contents'))
      .digest();
    expect(JSON.parse(example('snapshot header')).contents).toBe(id.toString('base64url'));
  });

  it('gives node and boundaries', () => {
    const node = hex('node');
    expect(node[0]).toBe(0);
    expect(node.toString('base64url', 1, 33)).toBe(field('chunk', 'id'));
    expect([node.readUIntBE(33, 6), node.readUIntBE(39, 6), node.readUInt32BE(45), node.toString('utf8', 49, 50)]).toEqual([
      1,
      8,
      1,
      '1',
    ]);
    const chunker = derive(master, none, 'chunker');
    expect(field('boundaries', 'seed')).toBe(String(chunker.readUInt32LE(0)));
    const gear = (n: number) =>
      createHmac('sha256', chunker)
        .update(`gear ${n >> 3}`)
        .digest()
        .readInt32LE((n & 7) * 4);
    expect(field('boundaries', 'gear 0, 1, 255')).toBe([0, 1, 255].map(gear).join(' '));
  });
});

describe('the page on the format, read by Oxbow,', () => {
  const store = new MemoryStore();
  let vault: Vault;
  beforeAll(async () => {
    for (const name of ['pack', 'index', 'snapshot', 'ledger']) store.objects.set(object(name).key, object(name).bytes);
    store.objects.set('config', Buffer.from(`${example('config')}\n`));
    store.objects.set(keySlot().key, Buffer.from(keySlot().text));
    vault = await openVault(store, 'correct horse battery', holder);
  });

  it('is a vault that its passphrase opens', () => {
    expect(vault.master.equals(master)).toBe(true);
    expect(vault.keys).toEqual(deriveVaultKeys(master));
    expect(vault.slot.label).toBe('example');
  });

  it('has the chunk, pack and index that it shows', async () => {
    const { bytes } = object('pack');
    const name = sha256(bytes);
    expect(object('pack').key).toBe(packKeyPath(name));
    const read = async (at: number, length: number) => bytes.subarray(at, at + length);
    const { salt, entries } = await readPackEntries(vault.keys.pack, name, bytes.length, read);
    const [entry] = entries;
    const part = bytes.subarray(entry.offset, entry.offset + entry.length);
    const rows = openChunk(packKeyOf(vault.keys.pack, salt), entry, part, name);
    expect(idOf(chunkDigest(vault.keys.chunkId, 'rows', rows))).toBe(field('chunk', 'id'));
    const packs = unsealIndex(vault.keys.object, object('index').key, object('index').bytes);
    expect(packs).toEqual([{ name, salt, size: bytes.length, entries }]);
    expect(encodeIndex(packs).equals(hex('index body'))).toBe(true);
  });

  it('has the snapshot and the ledger that it shows', async () => {
    const id = object('snapshot').key.slice('snapshots/'.length);
    expect(await readSnapshot(vault, id)).toEqual({ id, ...JSON.parse(example('snapshot header')) });
    const ledger = await readLedger(store, vault.keys.object);
    expect(ledger).toEqual({ sequence: 1, state: JSON.parse(example('ledger state')) });
    const contents = Buffer.from(example('contents'));
    expect(JSON.parse(example('snapshot header')).contents).toBe(idOf(chunkDigest(vault.keys.chunkId, 'document', contents)));
  });

  it('has the node, line and boundaries that it shows', () => {
    const node = hex('node');
    expect(encodeNode(decodeNode(node)).equals(node)).toBe(true);
    const line = Buffer.from(`${example('file line')}\n`);
    const file = parseFileLine(line);
    expect(file).toMatchObject({ path: 'home/a\tb.txt', kind: 'file', size: 8, mode: 0o640, uid: 1000 });
    expect(fileLine(file).equals(line)).toBe(true);
    const seed = boundarySeed(vault);
    for (const key of ['1', '98361']) {
      const name = key === '1' ? 'hash of key 1' : 'hash of 98361';
      expect(field('boundaries', name)).toBe(String(boundaryHash(Buffer.from(key), 0, key.length, seed)));
    }
    const gear = gearTable(vault.keys.chunker);
    expect(field('boundaries', 'gear 0, 1, 255')).toBe([0, 1, 255].map((n) => gear[n]).join(' '));
  });
});

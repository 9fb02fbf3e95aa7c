import { createHash } from 'node:crypto';
import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SaxesParser } from 'saxes';
import yauzl from 'yauzl';

/** One object as the XML says it, white space and spelling aside. */
export interface PlainObject {
  className: string;
  id: string;
  /** Texts of properties, ids of references ("Page 12", with the class). Empty and null ones are left out. */
  values: Record<string, string>;
  /** Elements of collections: "Page 12" for a reference, "name=text" for a value. */
  collections: Record<string, string[]>;
}

export interface PlainBackup {
  /** By "Class id". */
  objects: Map<string, PlainObject>;
  /** entities.xml, byte for byte. */
  entities: Buffer;
  descriptor: string;
  /** Hash of every other entry, by path. */
  files: Record<string, string>;
}

/** Reads a backup (zip or folder) into memory with a general XML parser, sharing no code with the product: the judge of round trips. */
export async function readIndependently(path: string): Promise<PlainBackup> {
  const entries = (await stat(path)).isDirectory() ? await readFolder(path) : await readZip(path);
  const entities = entries.get('entities.xml')!;
  const descriptor = entries.get('exportDescriptor.properties')?.toString('latin1') ?? '';
  const files: Record<string, string> = {};
  for (const [name, data] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (name !== 'entities.xml' && name !== 'exportDescriptor.properties')
      files[name] = createHash('sha256').update(data).digest('hex');
  }
  return { objects: readObjects(entities.toString('utf8')), entities, descriptor, files };
}

async function readFolder(path: string): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  for await (const entry of glob('**/*', { cwd: path, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name);
    if (entry.isFile()) entries.set(full.slice(path.length + 1), await readFile(full));
  }
  return entries;
}

async function readZip(path: string): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  const zip = (await promisify<string, object, yauzl.ZipFile>(yauzl.open as never)(path, {
    lazyEntries: true,
    autoClose: false,
  })) as yauzl.ZipFile;
  const open = promisify(
    zip.openReadStream.bind(zip) as (entry: yauzl.Entry, done: (error: Error | null, s: never) => void) => void,
  );
  await new Promise<void>((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', resolve);
    zip.on('entry', (entry: yauzl.Entry) => {
      void (async () => {
        const chunks: Buffer[] = [];
        if (!entry.fileName.endsWith('/')) {
          for await (const chunk of (await open(entry)) as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
          entries.set(entry.fileName, Buffer.concat(chunks));
        }
        zip.readEntry();
      })().catch(reject);
    });
    zip.readEntry();
  });
  zip.close();
  return entries;
}

interface Open {
  name: string;
  attributes: Record<string, string>;
  text: string;
  /** Ids inside a reference or an element. */
  id: string | null;
}

/** All objects of entities.xml. Characters that XML forbids are left out before parsing, as all who read such files must. */
export function readObjects(xml: string): Map<string, PlainObject> {
  const objects = new Map<string, PlainObject>();
  const parser = new SaxesParser({ position: false });
  const stack: Open[] = [];
  let object: PlainObject | null = null;
  let collection: string | null = null;
  let component: string | null = null;
  let composite = false;
  const add = (text: string) => {
    if (stack.length > 0) stack.at(-1)!.text += text;
  };
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('text', add);
  parser.on('cdata', (text) => add(text.replaceAll(']] ', ']]')));
  parser.on('opentag', (tag) => {
    const attributes = tag.attributes as Record<string, string>;
    if (tag.name === 'object') object = { className: attributes.class, id: '', values: {}, collections: {} };
    if (tag.name === 'collection') collection = attributes.name.replace(/\(.*/, '').trim();
    if (tag.name === 'component') component = attributes.name;
    if (tag.name === 'composite-id') composite = true;
    stack.push({ name: tag.name, attributes, text: '', id: null });
  });
  parser.on('closetag', (tag) => {
    const own = stack.pop()!;
    const parent = stack.at(-1);
    const reference = own.id === null ? null : `${own.attributes.class} ${own.id}`;
    if (tag.name === 'id') {
      if (parent?.name === 'object') object!.id = own.text.trim();
      else if (parent) parent.id = own.text.trim();
    } else if (tag.name === 'property' && composite) {
      object!.id += `${object!.id === '' ? '' : '/'}${own.text.trim()}`;
    } else if (tag.name === 'property') {
      const name = component === null ? own.attributes.name : `${component}.${own.attributes.name}`;
      const value = reference ?? (own.attributes.class ? '' : own.text);
      if (value !== '') object!.values[name] = value;
    } else if (tag.name === 'element' && collection !== null) {
      object!.collections[collection] ??= [];
      const name = own.attributes.name ? `${own.attributes.name}=` : '';
      object!.collections[collection].push(reference ?? `${name}${own.text.trim()}`);
    } else if (tag.name === 'collection') collection = null;
    else if (tag.name === 'component') component = null;
    else if (tag.name === 'composite-id') composite = false;
    else if (tag.name === 'object') {
      objects.set(`${object!.className} ${object!.id}`, object!);
      object = null;
    }
  });
  parser.write(xml.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')).close();
  return objects;
}

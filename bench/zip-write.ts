// How fast ZipWriter writes the XML of a site, against Info-ZIP's `zip -1` on the same bytes in the same run.
// Usage: node bench/zip-write.ts [MB, default 300] [rounds, default 3]
import { spawn } from 'node:child_process';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZipWriter } from '../src/sites/xml/zip/zip-writer.ts';

const MB = 1_000_000;
const size = Number(process.argv[2] ?? 300) * MB;
const rounds = Number(process.argv[3] ?? 3);
const folder = await mkdtemp(join(tmpdir(), 'oxbow-zip-bench-'));
const xml = join(folder, 'entities.xml');

try {
  await writeXml(xml, size);
  const bytes = (await stat(xml)).size;
  console.log(`${(bytes / MB).toFixed(0)} MB of XML, ${rounds} rounds, each with reading the XML from a file.`);
  console.log('writer       round     MB/s   ratio');
  for (let round = 1; round <= rounds; round++) {
    await measure('ZipWriter', round, bytes, join(folder, 'oxbow.zip'), writeWithOxbow);
    await measure('zip -1', round, bytes, join(folder, 'infozip.zip'), writeWithInfoZip);
  }
  console.log(`peak memory of this process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(
  label: string,
  round: number,
  bytes: number,
  target: string,
  write: (target: string) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  await write(target);
  const seconds = (performance.now() - started) / 1000;
  const packed = (await stat(target)).size;
  const columns = [
    label.padEnd(12),
    String(round).padStart(5),
    (bytes / MB / seconds).toFixed(0).padStart(8),
    (bytes / packed).toFixed(2).padStart(7),
  ];
  console.log(columns.join(' '));
  await rm(target);
}

async function writeWithOxbow(target: string): Promise<void> {
  const writer = await ZipWriter.create(target, { modified: new Date(0) });
  const handle = await open(xml);
  await writer.add('entities.xml', handle.createReadStream({ highWaterMark: 256 * 1024 }));
  await writer.finish();
}

function writeWithInfoZip(target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('zip', ['-1', '-q', '-j', target, xml], { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`zip ended with ${code}`))));
  });
}

/** Pages as Confluence writes them: words by a Zipf-like law, some markup, numbers that do not repeat. The same bytes in every run. */
async function writeXml(path: string, bytes: number): Promise<void> {
  const next = randomNumbers(42);
  const words = Array.from({ length: 8000 }, () =>
    Array.from({ length: 2 + Math.floor(next() * 9) }, () => 'etaoinshrdlcumwfgypbvkéü'[Math.floor(next() ** 1.7 * 24)]).join(''),
  );
  const word = () => words[Math.floor(next() ** 3 * words.length)]!;
  const sentence = (length: number) => Array.from({ length }, word).join(' ');
  const handle = await open(path, 'w');
  const stream = handle.createWriteStream({ highWaterMark: 4 * MB });
  let written = 0;
  for (let id = 360449; written < bytes; id += 1 + Math.floor(next() * 40)) {
    const object = pageObject(id, next, sentence);
    written += Buffer.byteLength(object);
    if (!stream.write(object)) await new Promise<void>((resolve) => stream.once('drain', () => resolve()));
  }
  await new Promise<void>((resolve) => stream.end(() => resolve()));
}

function pageObject(id: number, next: () => number, sentence: (length: number) => string): string {
  const paragraphs = Array.from(
    { length: 1 + Math.floor(next() * 8) },
    () => `<p>${sentence(10 + Math.floor(next() * 60))}.</p>`,
  );
  const user = `ff8080814${Math.floor(next() * 1e9).toString(16)}`;
  const title = sentence(3);
  const date = new Date(1.4e12 + Math.floor(next() * 3e11)).toISOString().replace('T', ' ').slice(0, 23);
  return `<object class="Page" package="com.atlassian.confluence.pages">
<id name="id">${id}</id>
<property name="title"><![CDATA[${title}]]></property>
<property name="lowerTitle"><![CDATA[${title.toLowerCase()}]]></property>
<property name="creator" class="ConfluenceUserImpl" package="com.atlassian.confluence.user"><id name="key"><![CDATA[${user}]]></id>
</property>
<property name="creationDate">${date}</property>
<property name="version">${1 + Math.floor(next() * 30)}</property>
</object>
<object class="BodyContent" package="com.atlassian.confluence.core">
<id name="id">${id + 1}</id>
<property name="body"><![CDATA[${paragraphs.join('')}<ac:structured-macro ac:name="info" ac:macro-id="${Math.floor(next() * 2 ** 48).toString(16)}"/>]]></property>
<property name="content" class="Page" package="com.atlassian.confluence.pages"><id name="id">${id}</id>
</property>
<property name="bodyType">2</property>
</object>
`;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

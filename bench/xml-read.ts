import { parseArgs } from 'node:util';
import { SaxesParser } from 'saxes';
import { scanObjects } from '../src/sites/xml/scan/scan-objects.ts';

// How fast entities.xml is read, against a general XML parser in the same run, and with how much memory.
//   node bench/xml-read.ts [--megabytes 200] [--gigabytes 2] [--rounds 2]
// With --gigabytes only the scan runs: it is to show that its memory does not grow.

const { values: flags } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '200' },
    gigabytes: { type: 'string' },
    rounds: { type: 'string', default: '2' },
  },
});
const megabytes = flags.gigabytes ? Number(flags.gigabytes) * 1000 : Number(flags.megabytes);
const sliceBytes = 64 * 1024;

type Dialect = 'legacy' | '8.3+';
type Value = string | { text: string } | { className: string; packageName: string; id: string } | null;

/** One object in the white space of its dialect. Texts in `{ text }` need CDATA in either dialect. */
function objectXml(dialect: Dialect, className: string, packageName: string, id: string, values: Record<string, Value>): string {
  const legacy = dialect === 'legacy';
  const indent = legacy ? '' : '    ';
  let xml = `<object class="${className}" package="${packageName}">\n${indent}<id name="id">${id}</id>\n`;
  for (const [name, value] of Object.entries(values)) {
    if (value === null) xml += legacy ? `<property name="${name}"/>` : '';
    else if (typeof value === 'string') {
      const plain = !legacy || /^(\d+|true|false|\d{4}-.*)$/.test(value);
      xml += `${indent}<property name="${name}">${plain ? value : `<![CDATA[${value}]]>`}</property>\n`;
    } else if ('text' in value) {
      xml += `${indent}<property name="${name}"><![CDATA[${value.text.replaceAll(']]', ']] ')}]]></property>\n`;
    } else {
      const idName = value.className === 'ConfluenceUserImpl' ? 'key' : 'id';
      const inner = `<id name="${idName}">${legacy && idName === 'key' ? `<![CDATA[${value.id}]]>` : value.id}</id>${legacy ? '\n' : ''}`;
      xml += `${indent}<property name="${name}" class="${value.className}" package="${value.packageName}">${inner}</property>\n`;
    }
  }
  return `${xml}</object>\n${legacy ? '' : '\n'}`;
}

/** Some megabytes of objects in the proportions of a real site; the files of the bench repeat them. */
function someObjects(dialect: Dialect): Buffer {
  let state = 42;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const words = 'river bend water page space backup größe 会議 plan meeting notes the of and a macro result table release'.split(
    ' ',
  );
  const text = (length: number) => Array.from({ length }, () => words[random(words.length)]).join(' ');
  const date = () => `2023-0${1 + random(9)}-1${random(9)} 1${random(9)}:2${random(9)}:3${random(9)}.${100 + random(900)}`;
  const number = () => String(98304 + random(2 ** 31));
  const core = 'com.atlassian.confluence.core';
  const user = {
    className: 'ConfluenceUserImpl',
    packageName: 'com.atlassian.confluence.user',
    id: '402816d68f060145018f0602bd350000',
  };
  const parts: string[] = [];
  let length = 0;
  while (length < 8_000_000) {
    const page = { className: 'Page', packageName: 'com.atlassian.confluence.pages', id: number() };
    const title = text(4);
    const common = { creator: user, creationDate: date(), lastModifier: user, lastModificationDate: date() };
    const paragraph = () => `<p class="auto-cursor-target">${text(30)} &nbsp;<strong>${text(3)}</strong> [x]</p>`;
    const link = () => `<p><ac:link><ri:page ri:content-title="${text(3)}" /></ac:link></p>`;
    const xml = [
      objectXml(dialect, 'Page', page.packageName, page.id, {
        hibernateVersion: String(random(40)),
        title: { text: title },
        lowerTitle: { text: title },
        version: String(random(30)),
        ...common,
        versionComment: null,
        originalVersion: null,
        originalVersionId: null,
        contentStatus: 'current',
        position: random(2) ? String(random(99)) : null,
        parent: { ...page, id: number() },
        space: { className: 'Space', packageName: 'com.atlassian.confluence.spaces', id: '131074' },
      }),
      objectXml(dialect, 'BodyContent', core, number(), {
        body: { text: Array.from({ length: 7 }, () => paragraph() + link()).join('\n') },
        content: page,
        bodyType: '2',
      }),
    ];
    for (let i = 0; i < 4; i++) {
      const content: Record<string, Value> = dialect === 'legacy' ? {} : { content: page };
      xml.push(
        objectXml(dialect, 'ContentProperty', 'com.atlassian.confluence.content', number(), {
          name: `sync-rev-${i}`,
          stringValue: text(2),
          longValue: null,
          dateValue: null,
          ...content,
        }),
      );
      xml.push(
        objectXml(dialect, 'OutgoingLink', 'com.atlassian.confluence.links', number(), {
          destinationPageTitle: { text: text(3) },
          destinationSpaceKey: 'HT',
          sourceContent: page,
          ...common,
        }),
      );
    }
    xml.push(
      objectXml(dialect, 'SpacePermission', 'com.atlassian.confluence.security', number(), {
        type: 'VIEWSPACE',
        group: 'confluence-users',
        userSubject: null,
        ...common,
      }),
    );
    for (const part of xml) length += part.length;
    parts.push(...xml);
  }
  return Buffer.from(parts.join(''));
}

/** A file of about so many megabytes, in the slices in which a zip entry or a file is read. */
async function* file(dialect: Dialect, objects: Buffer): AsyncGenerator<Buffer> {
  yield Buffer.from(
    `${dialect === 'legacy' ? '<?xml version="1.0" encoding="UTF-8"?>\n' : ''}<hibernate-generic datetime="2024-04-23 09:03:14">\n`,
  );
  for (let bytes = 0; bytes < megabytes * 1e6; bytes += objects.length) {
    for (let at = 0; at < objects.length; at += sliceBytes) yield objects.subarray(at, at + sliceBytes);
  }
  yield Buffer.from('</hibernate-generic>');
}

let highest = 0;
const noteMemory = () => {
  highest = Math.max(highest, process.memoryUsage.rss());
};

async function scan(source: AsyncIterable<Buffer>, wanted: (className: string) => boolean): Promise<number> {
  let count = 0;
  const onProblem = ({ message }: { message: string }) => console.error(message);
  for await (const batch of scanObjects(source, { onProblem, wanted })) {
    count += batch.length;
    if ((count & 63) === 0) noteMemory();
  }
  return count;
}

async function saxes(source: AsyncIterable<Buffer>): Promise<number> {
  let count = 0;
  let characters = 0;
  const parser = new SaxesParser({ position: false });
  parser.on('opentag', (tag) => {
    if (tag.name === 'object') count++;
  });
  const text = (value: string) => {
    characters += value.length;
  };
  parser.on('text', text);
  parser.on('cdata', text);
  const decoder = new TextDecoder();
  for await (const chunk of source) {
    parser.write(decoder.decode(chunk, { stream: true }));
    noteMemory();
  }
  parser.close();
  return characters > 0 ? count : 0;
}

const readers: [string, (source: AsyncIterable<Buffer>) => Promise<number>][] = [
  ['scanObjects', (source) => scan(source, () => true)],
  ['scanObjects, bodies only', (source) => scan(source, (className) => className === 'BodyContent')],
];
if (!flags.gigabytes) readers.push(['saxes alone', saxes]);

const rows: Record<string, string | number>[] = [];
for (const dialect of ['legacy', '8.3+'] as const) {
  const objects = someObjects(dialect);
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [reader, read] of readers) {
      highest = 0;
      const before = process.memoryUsage.rss();
      const start = performance.now();
      const count = await read(file(dialect, objects));
      const seconds = (performance.now() - start) / 1000;
      const size = Math.ceil((megabytes * 1e6) / objects.length) * objects.length;
      noteMemory();
      rows.push({
        dialect,
        reader,
        MB: Math.round(size / 1e6),
        objects: count,
        'MB/s': Math.round(size / 1e6 / seconds),
        'RSS before, MB': Math.round(before / 1e6),
        'highest RSS, MB': Math.round(highest / 1e6),
      });
    }
  }
}
console.table(rows);

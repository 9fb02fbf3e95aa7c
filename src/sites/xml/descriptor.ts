import { OxbowError } from '#base/errors.ts';
import { limits } from '#base/limits.ts';

/** exportDescriptor.properties of an XML backup. A typed field is null where the key is missing or its value is not of the type. */
export interface Descriptor {
  /** 'all' (the site) or 'space' (one or more spaces); anything else as it stands. */
  exportType: string | null;
  /** From `spaceKeys` (8.3 and later), else from `spaceKey`. */
  spaceKeys: string[];
  /** Up to 4.x the build of the Confluence that wrote it, later the earliest build that can read it. */
  buildNumber: number | null;
  createdByBuildNumber: number | null;
  createdByVersionNumber: string | null;
  source: 'cloud' | 'server' | null;
  backupAttachments: boolean | null;
  defaultUsersGroup: string | null;
  /** The zone of the dates in a Cloud export. */
  timezoneId: string | null;
  /** 'csv' in a Cloud CSV export. */
  exportFormat: string | null;
  /** All keys, as decoded. */
  properties: Map<string, string>;
}

/** A Descriptor without any property. */
export function emptyDescriptor(): Descriptor {
  return describe(new Map());
}

/**
 * Reads a java.util.Properties file: ISO-8859-1, `\uXXXX` and the other escapes, comments, continuation lines; the last of two equal keys counts.
 * A malformed `\u` is taken as a plain 'u' (Java refuses it), because people edit these files. Throws DESCRIPTOR_TOO_LARGE.
 */
export function parseDescriptor(text: Buffer): Descriptor {
  if (text.length > limits.descriptorBytes) {
    throw new OxbowError(
      'DESCRIPTOR_TOO_LARGE',
      `exportDescriptor.properties has ${text.length} bytes; at most ${limits.descriptorBytes} are read.`,
      {
        hint: 'This is not a file that Confluence wrote: look where the backup comes from.',
      },
    );
  }
  const properties = new Map<string, string>();
  for (const line of logicalLines(text.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, ''))) {
    const [key, value] = splitLine(line);
    properties.set(decode(key), decode(value));
  }
  return describe(properties);
}

/**
 * Writes a java.util.Properties file as Confluence does, but with sorted keys and the date in UTC, so that the same input gives the same bytes.
 * A typed field wins over `properties` where they disagree.
 */
export function formatDescriptor(descriptor: Descriptor, written: Date): Buffer {
  const lines = [`#${javaDate(written)}`];
  const properties = mergedProperties(descriptor);
  for (const key of [...properties.keys()].sort()) {
    lines.push(`${encode(key, / /g)}=${encode(properties.get(key)!, /^ /g)}`);
  }
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}

function describe(properties: Map<string, string>): Descriptor {
  const text = (key: string) => properties.get(key) ?? null;
  const source = text('source');
  const backupAttachments = text('backupAttachments')?.trim().toLowerCase();
  return {
    exportType: text('exportType'),
    spaceKeys: spaceKeys(properties),
    buildNumber: wholeNumber(text('buildNumber')),
    createdByBuildNumber: wholeNumber(text('createdByBuildNumber')),
    createdByVersionNumber: text('createdByVersionNumber'),
    source: source === 'cloud' || source === 'server' ? source : null,
    backupAttachments: backupAttachments === 'true' ? true : backupAttachments === 'false' ? false : null,
    defaultUsersGroup: text('defaultUsersGroup'),
    timezoneId: text('timezoneId'),
    exportFormat: text('exportFormat'),
    properties,
  };
}

function spaceKeys(properties: Map<string, string>): string[] {
  const list = splitKeys(properties.get('spaceKeys') ?? '');
  return list.length > 0 ? list : splitKeys(properties.get('spaceKey') ?? '');
}

function splitKeys(list: string): string[] {
  const keys = list.split(',').map((key) => key.trim());
  return [...new Set(keys.filter((key) => key !== ''))];
}

function wholeNumber(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : null;
}

function mergedProperties(descriptor: Descriptor): Map<string, string> {
  const properties = new Map(descriptor.properties);
  const known = describe(properties);
  const { properties: _all, spaceKeys: keys, ...fields } = descriptor;
  for (const [name, value] of Object.entries(fields)) {
    if (value === known[name as keyof typeof fields]) continue;
    if (value === null) properties.delete(name);
    else properties.set(name, String(value));
  }
  if (keys.join() !== known.spaceKeys.join()) {
    properties.delete('spaceKey');
    properties.delete('spaceKeys');
    // 8.3 and later read `spaceKeys`, older ones know one space and read `spaceKey`.
    if (keys.length > 0) properties.set('spaceKeys', keys.join(','));
    if (keys.length === 1) properties.set('spaceKey', keys[0]!);
  }
  return properties;
}

/** Lines without comments and blank lines, continuation lines joined. */
function* logicalLines(text: string): Generator<string> {
  let joined = '';
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, '');
    if (joined === '' && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const backslashes = line.length - line.replace(/\\+$/, '').length;
    const isContinued = backslashes % 2 === 1;
    joined += isContinued ? line.slice(0, -1) : line;
    if (isContinued) continue;
    if (joined !== '') yield joined;
    joined = '';
  }
  if (joined !== '') yield joined;
}

/** The key ends at the first '=', ':' or white space that is not escaped; the value starts after that, one '=' or ':', and white space. */
function splitLine(line: string): [key: string, value: string] {
  const key = /^(?:\\[\s\S]|[^\\=: \t\f])*/.exec(line)![0];
  return [key, line.slice(key.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '')];
}

const escapes: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function decode(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|([\s\S])|$)/g, (_all, hex?: string, letter?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return letter === undefined ? '' : (escapes[letter] ?? letter);
  });
}

/** As java.util.Properties.store does; `spaces` says which spaces are escaped (all of a key, the first of a value). */
function encode(text: string, spaces: RegExp): string {
  return text
    .replace(/[\\=:#!]/g, '\\$&')
    .replace(spaces, '\\ ')
    .replace(/\t/g, '\\t')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\f/g, '\\f')
    .replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
}

/** As java.util.Date.toString does, in UTC: "Mon Feb 10 10:23:09 UTC 2025". */
function javaDate(date: Date): string {
  const [weekday, day, month, year, time] = date.toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}

import { readFile } from 'node:fs/promises';
import { OxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import type { LiveSite } from '../connection.ts';

/** Confluence's own configuration, at the top of a home: the licence, the server id, and the database with its password. */
export const configName = 'confluence.cfg.xml';

/** Real ones have a few kilobytes. */
const largest = 4 * 1024 * 1024;

/** Folders that a configuration may name absolutely, on a disk that a copy must not touch, and where they are by default. */
const folders: Record<string, string> = {
  'attachments.dir': '$' + '{confluenceHome}/attachments',
  'lucene.index.dir': '$' + '{localHome}/index',
  'webwork.multipart.saveDir': '$' + '{localHome}/temp',
};

/** Reads a configuration whole. Throws UNSAFE_PATH when it is too large to be one. */
export async function readConfig(open: () => AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of open()) {
    size += piece.length;
    if (size > largest)
      throw new OxbowError(
        'UNSAFE_PATH',
        `The ${configName} of the snapshot is larger than ${largest} bytes. Nothing was changed.`,
        {
          hint: 'It is not one that Confluence wrote: do not trust this snapshot.',
        },
      );
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Says that the configuration of the target stays, and when it belongs to another version than the restored rows. */
export async function warnKept(path: string, restored: Buffer, warn: RunContext['warn']): Promise<void> {
  const build = (text: string) => /<buildNumber>\s*(\d+)\s*</.exec(text)?.[1];
  const [ours, theirs] = [build(await readFile(path, 'utf8').catch(() => '')), build(restored.toString())];
  const differs = ours !== undefined && theirs !== undefined && ours !== theirs;
  warn({
    code: 'CONFIG_KEPT',
    message: `the configuration that is there was kept, with the database that it names${
      differs ? `; its build number is ${ours}, that of the snapshot is ${theirs}: set it before Confluence starts` : ''
    }`,
    object: path,
  });
}

/** Warns when a configuration that is about to be written leads Confluence to another database than the restored one. */
export function warnOtherDatabase(config: Buffer, site: LiveSite, warn: RunContext['warn']): void {
  const named = propertyOf(config.toString(), 'hibernate.connection.url');
  if (named === null || named.split('?')[0] === jdbcUrl(site)) return;
  warn({
    code: 'CONFIG_OTHER_DATABASE',
    message: `it names the database ${named.split('?')[0]}, as in the snapshot: set the restored one before Confluence starts`,
    object: configName,
  });
}

/**
 * The configuration of a copy for tests: the database is that of the target, nothing joins the cluster of the original, no folder is one that
 * the original uses. Null (with a warning) when that cannot be told, for example when the database stands in Tomcat's server.xml.
 */
export function stagingConfig(config: Buffer, site: LiveSite, warn: RunContext['warn']): Buffer | null {
  const text = config.toString();
  const url = jdbcUrl(site);
  if (url === null || propertyOf(text, 'hibernate.connection.url') === null) {
    warn({
      code: 'CONFIG_LEFT_OUT',
      message: 'it was left out of the copy for tests, because it does not name its database in a way that could be replaced',
      object: configName,
    });
    return null;
  }
  const { username, password } = new URL(site.databaseUrl);
  const values: Record<string, string> = {
    'hibernate.connection.url': url,
    'hibernate.connection.username': decodeURIComponent(username),
    'hibernate.connection.password': decodeURIComponent(password),
  };
  for (const [name, standard] of Object.entries(folders)) {
    const named = propertyOf(text, name);
    if (named !== null && !named.startsWith('$' + '{')) values[name] = standard;
  }
  const alone = text.replace(/\s*<property\s+name="confluence\.cluster[^"]*"\s*(?:\/>|>[^<]*<\/property>)/g, '');
  const safe = alone.replace(property('[^"]*'), (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : `<property name="${name}">${escapeXml(value)}</property>`;
  });
  return Buffer.from(safe);
}

const property = (name: string) => new RegExp(`<property\\s+name="(${name})"\\s*(?:/>|>([^<]*)</property>)`, 'g');

function propertyOf(config: string, name: string): string | null {
  const value = property(name.replaceAll('.', '\\.')).exec(config)?.[2];
  return value === undefined ? null : value.trim().replaceAll('&amp;', '&');
}

/** `jdbc:postgresql://host:5432/name`, or null for a database that is reached through a socket. */
export function jdbcUrl(site: Pick<LiveSite, 'databaseUrl'>): string | null {
  const { hostname, port, pathname, searchParams } = new URL(site.databaseUrl);
  if (hostname === '' || hostname.startsWith('%') || searchParams.has('host')) return null;
  return `jdbc:postgresql://${hostname}:${port || '5432'}${pathname}`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

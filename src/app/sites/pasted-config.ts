/** What a confluence.cfg.xml says of its site. */
export interface PastedConfig {
  /** Without the password. */
  databaseUrl: string | null;
  password: string | null;
  /** The shared home of a cluster, else the folder that the file was said to lie in. */
  home: string | null;
  /** Of a node of a cluster: the folder that the file was said to lie in. */
  localHome: string | null;
  buildNumber: number | null;
  /** Why a site cannot be made of it as it is. */
  problems: string[];
}

/** Reads a pasted confluence.cfg.xml. @param folder where it lies, if that is known */
export function readPastedConfig(xml: string, folder: string | null): PastedConfig {
  const text = withoutComments(xml);
  const problems: string[] = [];
  const url = propertyOf(text, 'hibernate.connection.url');
  const databaseUrl = databaseUrlOf(url, propertyOf(text, 'hibernate.connection.username'));
  if (!databaseUrl) {
    problems.push(
      url === null
        ? 'It names no database (hibernate.connection.url): Confluence may use a data source of Tomcat; give the address by hand.'
        : url.startsWith('jdbc:postgresql:')
          ? 'The address of the database is written in a way that is not understood: give it by hand.'
          : `The database is not PostgreSQL (${url.split(':').slice(0, 2).join(':').slice(0, 40)}): Oxbow reads PostgreSQL alone.`,
    );
  }
  const password = propertyOf(text, 'hibernate.connection.password');
  const isEncrypted = password?.startsWith('{ATL') === true || propertyOf(text, 'jdbc.password.decrypter.classname') !== null;
  if (isEncrypted) problems.push('The password is kept encrypted by Confluence: give it by hand.');
  const shared = propertyOf(text, 'confluence.cluster.home') ?? propertyOf(text, 'shared-home');
  const build = /<buildNumber>\s*(\d{3,9})\s*</.exec(text)?.[1];
  const home = shared ?? folder;
  if (home === null) problems.push('The home directory is the folder in which this file lies: name it.');
  return {
    databaseUrl,
    password: isEncrypted ? null : password,
    home,
    localHome: shared !== null && folder !== shared ? folder : null,
    buildNumber: build ? Number(build) : null,
    problems,
  };
}

/** jdbc:postgresql://host:5432/name?..., jdbc:postgresql:name. What follows the name is for Java's driver. */
function databaseUrlOf(jdbc: string | null, user: string | null): string | null {
  const match = /^jdbc:postgresql:(?:\/\/([^/?\s,]*)\/)?\/?([^/?\s]+)/.exec(jdbc ?? '');
  if (!match) return null;
  const url = URL.parse(`postgresql://${match[1] || 'localhost'}/${match[2]}`);
  if (url && user) url.username = encodeURIComponent(user);
  return url?.href ?? null;
}

/** What is commented out does not count. No pattern here goes back: the text is from outside. */
function withoutComments(xml: string): string {
  const kept: string[] = [];
  for (let at = 0; at < xml.length; ) {
    const begin = xml.indexOf('<!--', at);
    kept.push(xml.slice(at, begin < 0 ? xml.length : begin));
    const end = begin < 0 ? -1 : xml.indexOf('-->', begin + 4);
    if (end < 0) break;
    at = end + 3;
  }
  return kept.join('');
}

function propertyOf(text: string, name: string): string | null {
  const begin = new RegExp(`<property\\s+name=["']${name.replaceAll('.', '\\.')}["']\\s*>`).exec(text);
  if (!begin) return null;
  const from = begin.index + begin[0].length;
  const end = text.indexOf('</property>', from);
  const raw = end < 0 ? '' : text.slice(from, end).trim();
  if (raw.startsWith('<![CDATA[') && raw.endsWith(']]>')) return raw.slice(9, -3) || null;
  return raw === '' || raw.includes('<') ? null : decode(raw);
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g, (whole, decimal, hex, word) => {
    if (word) return entities[word];
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

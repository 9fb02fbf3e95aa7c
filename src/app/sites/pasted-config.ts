/** What a confluence.cfg.xml says of its site. */
export interface PastedConfig {
  /** Without the password. */
  databaseUrl: string | null;
  password: string | null;
  /** The shared home of a cluster, else the folder that the file was said to lie in. */
  home: string | null;
  buildNumber: number | null;
  /** Why a site cannot be made of it as it is. */
  problems: string[];
}

/** Reads a pasted confluence.cfg.xml. @param folder where it lies, if that is known */
export function readPastedConfig(xml: string, folder: string | null): PastedConfig {
  const problems: string[] = [];
  const url = propertyOf(xml, 'hibernate.connection.url');
  const user = propertyOf(xml, 'hibernate.connection.username');
  const password = propertyOf(xml, 'hibernate.connection.password');
  const match = /^jdbc:postgresql:\/\/([^?\s]+)/.exec(url ?? '');
  let databaseUrl: string | null = null;
  if (match) {
    const parsed = URL.parse(`postgresql://${match[1]}`);
    if (parsed && user) parsed.username = encodeURIComponent(user);
    databaseUrl = parsed?.href ?? null;
  }
  if (!databaseUrl) {
    problems.push(
      url === null
        ? 'It names no database (hibernate.connection.url): Confluence may use a data source of Tomcat; give the address by hand.'
        : `The database is not PostgreSQL (${url.split(':').slice(0, 2).join(':')}): Oxbow reads PostgreSQL alone.`,
    );
  }
  if (password && /^\{(ATL_SECURED|ATL)/.test(password))
    problems.push('The password is kept encrypted by Confluence: give it by hand.');
  const shared = propertyOf(xml, 'confluence.cluster.home') ?? propertyOf(xml, 'shared-home');
  const build = /<buildNumber>\s*(\d{3,9})\s*</.exec(xml)?.[1];
  const home = shared ?? folder;
  if (home === null) problems.push('The home directory is the folder in which this file lies: name it.');
  return {
    databaseUrl,
    password: password && !password.startsWith('{ATL') ? password : null,
    home,
    buildNumber: build ? Number(build) : null,
    problems,
  };
}

function propertyOf(xml: string, name: string): string | null {
  const pattern = new RegExp(`<property\\s+name="${name.replaceAll('.', '\\.')}"\\s*>([^<]*)</property>`);
  const text = pattern.exec(xml)?.[1]?.trim();
  if (!text) return null;
  const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (entity) => entities[entity]);
}

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OxbowError } from '#base/errors.ts';
import { silentLog } from '#base/log.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { listSandboxes, openSandbox } from '#sites/live/sandbox/sandbox.ts';
import { openApplication } from './open-application.ts';
import { openRegisteredSite } from './sites/open-registered-site.ts';
import { listSites } from './sites/registered-sites.ts';

export interface SiteChoice {
  /** Name of a sandbox of the data folder, else of a site that the server knows. */
  site?: string | undefined;
  /** Not the latter: for what would overwrite a site and is never meant for a real one. */
  onlySandbox?: boolean | undefined;
  /** Or a PostgreSQL URL together with a home directory. */
  database?: string | undefined;
  home?: string | undefined;
  localHome?: string | undefined;
  install?: string | undefined;
}

/** Opens the site that the options name. Errors: SITE_NOT_NAMED, and those of openSandbox, openApplication and openRegisteredSite. */
export async function openSite(
  data: string,
  choice: SiteChoice,
  env: Record<string, string | undefined>,
): Promise<{ site: LiveSite; close: () => Promise<void> }> {
  const folders = {
    ...(choice.localHome ? { localHome: resolve(choice.localHome) } : {}),
    ...(choice.install ? { install: resolve(choice.install) } : {}),
  };
  if (choice.database) {
    if (!choice.home) {
      throw new OxbowError('SITE_NOT_NAMED', '--database needs the home directory of the site too.', { hint: 'Add --home DIR.' });
    }
    const url = withPassword(choice.database, env.OXBOW_DATABASE_PASSWORD ?? env.PGPASSWORD);
    const site = {
      name: choice.site ?? databaseName(choice.database),
      databaseUrl: url,
      home: resolve(choice.home),
      schema: 'public',
      ...folders,
    };
    return { site, close: async () => {} };
  }
  if (!choice.site) {
    throw new OxbowError('SITE_NOT_NAMED', 'No site is named.', { hint: 'Add --site NAME, or --database URL and --home DIR.' });
  }
  const isSandbox = choice.onlySandbox === true || (await listSandboxes(data)).includes(choice.site);
  const registered = isSandbox ? null : await openFromServer(data, choice.site, env);
  if (registered) return { site: { ...registered.site, ...folders }, close: registered.close };
  const handle = await openSandbox(data, choice.site, { env });
  return { site: { ...handle, ...folders }, close: () => handle.close() };
}

/** A site that the server of this data folder knows; null when there is no server, or it does not know the name. */
async function openFromServer(data: string, name: string, env: Record<string, string | undefined>) {
  const hasServer = env.OXBOW_CONFIG || env.OXBOW_CONTROL_DATABASE_URL || existsSync(join(data, 'control'));
  if (!hasServer) return null;
  const app = await openApplication({ data, env, now: () => new Date(), log: silentLog });
  try {
    if (!(await listSites(app)).some((site) => site.name === name)) return null;
    return await openRegisteredSite(app, name);
  } finally {
    await app.close();
  }
}

/** A password in the URL would show in process lists: it may come from the environment. */
function withPassword(databaseUrl: string, password: string | undefined): string {
  let url: URL;
  try {
    url = new URL(databaseUrl);
  } catch {
    throw new OxbowError('DATABASE_URL_INVALID', 'The value of --database is not a URL.', {
      hint: 'Write postgres://user@host:5432/confluence.',
    });
  }
  if (url.password === '' && password) url.password = encodeURIComponent(password);
  return url.toString();
}

function databaseName(databaseUrl: string): string {
  return databaseUrl.split('?')[0].split('/').at(-1) || 'site';
}

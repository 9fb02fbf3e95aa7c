import { join } from 'node:path';
import type { LiveSite } from '#sites/live/connection.ts';
import { openSandbox } from '#sites/live/sandbox/sandbox.ts';
import type { Application } from '../application.ts';
import { readSecret } from '../config/read-server-config.ts';
import { findSite, type RegisteredSite, sealedPassword } from './registered-sites.ts';

export interface OpenedSite {
  site: LiveSite;
  registered: RegisteredSite;
  close(): Promise<void>;
}

/** Opens a site that the server knows. Errors: SITE_UNKNOWN, SECRET_FILE, SERVER_KEY_WRONG, those of openSandbox. */
export async function openRegisteredSite(app: Application, name: string): Promise<OpenedSite> {
  const registered = await findSite(app, name);
  const folders = {
    ...(registered.localHome ? { localHome: registered.localHome } : {}),
    ...(registered.install ? { install: registered.install } : {}),
  };
  if (registered.sandbox !== undefined) {
    if (app.heldSandboxes) {
      const held = await app.heldSandboxes.open(registered.sandbox);
      return { site: { ...held, ...folders, name }, registered, close: async () => {} };
    }
    const handle = await openSandbox(app.data, registered.sandbox, { env: app.env });
    return { site: { ...handle, ...folders, name }, registered, close: () => handle.close() };
  }
  const url = new URL(registered.databaseUrl!);
  const password =
    (registered.origin === 'database' ? await sealedPassword(app, name) : null) ??
    app.config.sites.find((site) => site.name === name)?.databasePassword ??
    (await readSecret({ variable: registered.databasePasswordVariable, file: registered.databasePasswordFile }, app.env));
  if (password && url.password === '') url.password = encodeURIComponent(password);
  const site = { name, databaseUrl: url.href, home: registered.home!, schema: 'public', ...folders };
  return { site, registered, close: async () => {} };
}

/** Where the XML backups of a site lie. */
export function backupFolder({ site, registered }: Pick<OpenedSite, 'site' | 'registered'>, scope: 'SITE' | 'SPACE'): string {
  return join(registered.backupFolder ?? join(site.home, 'restore'), scope === 'SITE' ? 'site' : 'space');
}

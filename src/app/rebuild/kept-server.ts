import { randomUUID } from 'node:crypto';
import { type Channel, listChannels } from '#control/notifications/channels.ts';
import { listScheduleRows, type ScheduleRow } from '#control/schedules/schedules.ts';
import { factOrThis, listRegistrations } from '#control/sites/registrations.ts';
import type { Application } from '../application.ts';
import type { ConfiguredSite, ConfiguredVault } from '../config/server-config.ts';
import type { NewChannel } from '../notifications/channel-service.ts';
import { channelSecret } from '../notifications/send.ts';
import type { NewSchedule } from '../schedules/schedule.ts';
import { sealedPassword } from '../sites/registered-sites.ts';

/**
 * What a server keeps of itself in each of its vaults, encrypted as everything there: whoever opens the vault can build the server again. Passwords of
 * databases and addresses of channels are in it (unless `keepInVaults` says otherwise), because the snapshots beside it hold more than what they open;
 * passphrases of vaults never are, so that no vault opens another. Nor are secrets that the server reads from its environment or from files.
 */
export interface KeptServer {
  version: 1;
  baseUrl: string;
  /** Under which name the server knows the vault in which this lies. */
  vault: string;
  /** The text of the configuration file. */
  configFile: string | null;
  /** These and all below: what was added with the CLI or the API. */
  sites: ConfiguredSite[];
  vaults: Omit<ConfiguredVault, 'passphrase'>[];
  schedules: NewSchedule[];
  channels: NewChannel[];
}

/** By it a server finds its own again; servers on one control database are one. */
export async function serverId(app: Application): Promise<string> {
  return (await factOrThis(app.control, 'server', { id: randomUUID() })).id;
}

/** Errors: SERVER_KEY_WRONG. */
export async function keptServer(app: Application): Promise<Omit<KeptServer, 'vault'>> {
  const withSecrets = app.config.keepInVaults === 'with-secrets';
  const sites: ConfiguredSite[] = [];
  for (const { name, settings } of await listRegistrations<ConfiguredSite>(app.control, 'sites')) {
    const databasePassword = withSecrets ? await sealedPassword(app, name) : null;
    sites.push({ ...settings, name, ...(databasePassword ? { databasePassword } : {}) });
  }
  const vaults = await listRegistrations<ConfiguredVault>(app.control, 'vaults');
  return {
    version: 1,
    baseUrl: app.config.baseUrl,
    configFile: app.config.file?.text ?? null,
    sites,
    vaults: vaults.map(({ name, settings }) => ({ ...settings, name })),
    schedules: (await listScheduleRows(app.control)).map(scheduleOf),
    channels: (await listChannels(app.control)).map((channel) => channelOf(app, channel, withSecrets)),
  };
}

function scheduleOf({ name, site, vault, enabled, cron, timeZone, settings }: ScheduleRow): NewSchedule {
  return { ...(settings as unknown as NewSchedule), name, site, vault, enabled, cron, timeZone };
}

function channelOf(app: Application, channel: Channel, withSecrets: boolean): NewChannel {
  const { name, kind, enabled, events, site, settings, secret } = channel;
  const [url, signingKey] = secret && withSecrets ? app.secrets.open(secret, channelSecret(name)).split(' ') : [];
  return {
    name,
    kind,
    enabled,
    events: events as NewChannel['events'],
    site,
    ...(settings.to ? { to: String(settings.to) } : {}),
    ...(url ? { url } : {}),
    ...(signingKey ? { signingKey } : {}),
  };
}

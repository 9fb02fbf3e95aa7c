import { createHash } from 'node:crypto';
import { listChannels } from '#control/notifications/channels.ts';
import { listScheduleRows } from '#control/schedules/schedules.ts';
import { listRegistrations, readFact, writeFact } from '#control/sites/registrations.ts';
import { writeConfiguration } from '#vault/configuration.ts';
import type { Application } from '../application.ts';
import type { ConfiguredSite, ConfiguredVault } from '../config/server-config.ts';
import type { NewChannel } from '../notifications/channel-service.ts';
import { channelSecret } from '../notifications/send.ts';
import type { NewSchedule } from '../schedules/schedule.ts';
import { sealedPassword } from '../sites/registered-sites.ts';
import { listVaults, withRegisteredVault } from '../vaults/registered-vaults.ts';

/**
 * What a server keeps of itself in each of its vaults, encrypted as everything there: whoever opens the vault can build the server again. Passwords of
 * databases and addresses of channels are in it; passphrases of other vaults are not, so that one vault never opens another.
 */
export interface KeptServer {
  version: 1;
  sites: ConfiguredSite[];
  vaults: Omit<ConfiguredVault, 'passphrase'>[];
  schedules: NewSchedule[];
  channels: NewChannel[];
}

const lookMs = 30_000;

/** What was added with the CLI or the API. What stands in the configuration file is not in it: the file is to be kept as other files are. */
export async function configurationOf(app: Application): Promise<KeptServer> {
  const sites: ConfiguredSite[] = [];
  for (const { name, settings } of await listRegistrations<ConfiguredSite>(app.control, 'sites')) {
    const databasePassword = (await sealedPassword(app, name)) ?? undefined;
    sites.push({ ...settings, name, ...(databasePassword ? { databasePassword } : {}) });
  }
  const vaults = (await listRegistrations<ConfiguredVault>(app.control, 'vaults')).map(({ name, settings }) => ({
    ...settings,
    name,
  }));
  const schedules = (await listScheduleRows(app.control)).map(
    ({ name, site, vault, enabled, cron, timeZone, settings }) =>
      ({ ...settings, name, site, vault, enabled, cron, timeZone }) as unknown as NewSchedule,
  );
  const channels = (await listChannels(app.control)).map(
    ({ name, kind, enabled, events, site, settings, secret }): NewChannel => {
      const [url, signingKey] = secret ? app.secrets.open(secret, channelSecret(name)).split(' ') : [];
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
    },
  );
  return { version: 1, sites, vaults, schedules, channels };
}

/** Writes the configuration to every vault that does not have it as it is now. Gives the names of those that were written. */
export async function saveConfiguration(app: Application): Promise<string[]> {
  const kept = await configurationOf(app);
  const digest = createHash('sha256').update(JSON.stringify(kept)).digest('hex');
  const written: string[] = [];
  for (const { name } of await listVaults(app)) {
    const fact = `configuration in ${name}`;
    if ((await readFact<string>(app.control, fact)) === digest) continue;
    try {
      await withRegisteredVault(app, name, (vault) => writeConfiguration(vault, kept, app.now()));
      await writeFact(app.control, fact, digest);
      written.push(name);
    } catch (error) {
      app.log.warn({ vault: name, reason: (error as Error).message }, 'the configuration could not be kept in the vault yet');
    }
  }
  return written;
}

/** Looks every half minute whether something changed. Returns a function that ends it. */
export function startConfigurationKeeper(app: Application): () => void {
  let isRunning = false;
  const look = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      await saveConfiguration(app);
    } catch (error) {
      app.log.warn({ reason: (error as Error).message }, 'could not look whether the configuration changed');
    } finally {
      isRunning = false;
    }
  };
  const timer = setInterval(() => void look(), lookMs);
  void look();
  return () => clearInterval(timer);
}

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isOxbowError, OxbowError, systemErrorCode } from '#base/errors.ts';
import { type ConfigurationOf, readConfigurations } from '#vault/configuration.ts';
import type { Application } from '../application.ts';
import type { ConfiguredVault } from '../config/server-config.ts';
import { forgoSample } from '../first-start.ts';
import { allChannels, createChannel } from '../notifications/channel-service.ts';
import { createSchedule, listSchedules } from '../schedules/schedule-service.ts';
import { addSite, listSites } from '../sites/registered-sites.ts';
import { addVault, listVaults, openNamedVault } from '../vaults/registered-vaults.ts';
import { syncSnapshots } from '../vaults/sync-snapshots.ts';
import { type KeptServer, serverId } from './kept-server.ts';

export interface RebuildOptions {
  /** What to call the vault. Default: as the old server did, else main. */
  name?: string | undefined;
  /** Id (its beginning) or address of the server whose configuration comes back. Default: the one that wrote last. */
  server?: string | undefined;
  /** Schedules that were on are on again. */
  enable: boolean;
}

export interface RebuildReport {
  vault: string;
  snapshots: number;
  /** Whose configuration came back; null: the vault keeps none of another server. */
  from: KeptBy | null;
  /** Other servers that keep theirs in the vault. */
  others: KeptBy[];
  sites: string[];
  schedules: string[];
  channels: string[];
  /** Where the configuration file of the old server was written to. */
  configFile: string | null;
  /** What could not be brought back, and why. */
  problems: string[];
  /** Vaults that the old server had too; their passphrases are not kept here. */
  otherVaults: string[];
}

export interface KeptBy {
  server: string;
  baseUrl: string;
  /** ISO. */
  written: string;
}

/**
 * Builds a lost control database again out of a vault: its snapshots are listed, sites, schedules and channels come back. Schedules come back switched off
 * unless `enable` says otherwise: somebody looks first. What is there already stays as it is, and what the vault keeps stays there, so it can be run again
 * when what stood in the way is mended. Errors: those of openVault and addVault, SERVER_NOT_IN_VAULT, VAULT_VERSION_UNSUPPORTED.
 */
export async function rebuild(
  app: Application,
  location: Omit<ConfiguredVault, 'name'>,
  options: RebuildOptions,
): Promise<RebuildReport> {
  const vault = await openNamedVault(app, location);
  try {
    const own = await serverId(app);
    const kept = (await readConfigurations(vault)).filter(({ server }) => server !== own);
    const chosen = choose(kept, options.server);
    const configuration = chosen ? contentOf(chosen) : null;
    const known = (await listVaults(app)).find((one) => one.location === location.location);
    const name = known?.name ?? options.name ?? configuration?.vault ?? 'main';
    if (!known) await addVault(app, { ...location, name });
    // A server that was built again is no fresh one.
    await forgoSample(app);
    const report: RebuildReport = {
      vault: name,
      snapshots: await syncSnapshots(app, name, vault),
      from: chosen ? keptBy(chosen) : null,
      others: kept.filter((one) => one !== chosen).map(keptBy),
      ...{ sites: [], schedules: [], channels: [], configFile: null, problems: [], otherVaults: [] },
    };
    if (configuration) await bringBack(app, configuration, report, options.enable);
    return report;
  } finally {
    await vault.store.close();
  }
}

async function bringBack(app: Application, kept: KeptServer, report: RebuildReport, enable: boolean): Promise<void> {
  const each = async <T extends { name: string }>(
    list: string[],
    wanted: readonly T[],
    there: readonly { name: string }[],
    bring: (one: T) => Promise<unknown>,
  ) => {
    const known = new Set(there.map(({ name }) => name));
    for (const one of wanted.filter(({ name }) => !known.has(name))) {
      try {
        await bring(one);
        list.push(one.name);
      } catch (error) {
        if (!isOxbowError(error)) throw error;
        report.problems.push(`${one.name}: ${error.message}`);
      }
    }
  };
  await each(report.sites, kept.sites, await listSites(app), (site) => addSite(app, site));
  await each(report.schedules, kept.schedules, await listSchedules(app), (schedule) =>
    createSchedule(app, { ...schedule, enabled: schedule.enabled && enable }),
  );
  await each(report.channels, kept.channels, await allChannels(app), (channel) => createChannel(app, channel));
  const vaults = new Set((await listVaults(app)).map(({ name }) => name));
  report.otherVaults = kept.vaults.map(({ name }) => name).filter((name) => name !== kept.vault && !vaults.has(name));
  if (kept.configFile !== null && app.config.file === null)
    report.configFile = await writeAside(join(app.data, 'recovered-oxbow.yaml'), kept.configFile);
}

function choose(kept: ConfigurationOf[], server: string | undefined): ConfigurationOf | null {
  if (server === undefined) return kept[0] ?? null;
  const chosen = kept.find((one) => one.server.startsWith(server) || keptBy(one).baseUrl === server);
  if (chosen) return chosen;
  const all = kept.map((one) => `${keptBy(one).baseUrl} (${one.server.slice(0, 8)})`);
  throw new OxbowError('SERVER_NOT_IN_VAULT', `No server "${server}" keeps its configuration in this vault.`, {
    hint: all.length > 0 ? `There are: ${all.join(', ')}.` : 'None does.',
  });
}

function contentOf({ value }: ConfigurationOf): KeptServer {
  const kept = value as KeptServer;
  if (kept.version === 1) return kept;
  throw new OxbowError('VAULT_VERSION_UNSUPPORTED', 'The configuration in the vault was written by a newer Oxbow.', {
    hint: 'Upgrade Oxbow, then try again.',
  });
}

function keptBy({ server, written, value }: ConfigurationOf): KeptBy {
  return { server, written, baseUrl: String((value as Partial<KeptServer>).baseUrl ?? '') };
}

/** Readable by us alone. One that is there already stays. */
async function writeAside(path: string, text: string): Promise<string> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
  return path;
}

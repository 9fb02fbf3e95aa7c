import { OxbowError } from '#base/errors.ts';
import { readConfiguration } from '#vault/configuration.ts';
import type { Application } from '../application.ts';
import type { ConfiguredVault } from '../config/server-config.ts';
import { allChannels, createChannel } from '../notifications/channel-service.ts';
import { createSchedule, listSchedules } from '../schedules/schedule-service.ts';
import { addSite, listSites } from '../sites/registered-sites.ts';
import { addVault, listVaults, withRegisteredVault } from '../vaults/registered-vaults.ts';
import { syncSnapshots } from '../vaults/sync-snapshots.ts';
import type { KeptServer } from './kept-configuration.ts';

export interface RebuildReport {
  vault: string;
  snapshots: number;
  /** When the configuration was written; null: the vault keeps none. */
  configurationOf: string | null;
  sites: string[];
  schedules: string[];
  channels: string[];
  /** What could not be brought back, and why. */
  problems: string[];
  /** Vaults that the old server had too; their passphrases are not kept here. */
  otherVaults: string[];
}

/**
 * Builds a lost control database again out of a vault: its snapshots are listed, sites, schedules and channels come back. Schedules come back switched off
 * unless `enable` says otherwise: somebody looks first. What is there already stays as it is, so it can be run again.
 */
export async function rebuild(app: Application, vault: ConfiguredVault, options: { enable: boolean }): Promise<RebuildReport> {
  if (!(await listVaults(app)).some(({ name }) => name === vault.name)) await addVault(app, vault);
  const snapshots = await syncSnapshots(app, vault.name);
  const kept = await withRegisteredVault(app, vault.name, readConfiguration);
  const report: RebuildReport = {
    vault: vault.name,
    snapshots,
    configurationOf: kept?.written ?? null,
    sites: [],
    schedules: [],
    channels: [],
    problems: [],
    otherVaults: [],
  };
  if (!kept) return report;
  const { version, sites, vaults, schedules, channels } = kept.value as KeptServer;
  if (version !== 1) {
    throw new OxbowError('VAULT_VERSION_UNSUPPORTED', 'The configuration in the vault was written by a newer Oxbow.', {
      hint: 'Upgrade Oxbow, then try again.',
    });
  }
  const bringBack = async (list: string[], name: string, work: () => Promise<unknown>) => {
    try {
      await work();
      list.push(name);
    } catch (error) {
      if (!(error instanceof OxbowError)) throw error;
      report.problems.push(`${name}: ${error.message}`);
    }
  };
  const knownSites = new Set((await listSites(app)).map(({ name }) => name));
  for (const site of sites.filter(({ name }) => !knownSites.has(name)))
    await bringBack(report.sites, site.name, () => addSite(app, site));
  const knownVaults = new Set((await listVaults(app)).map(({ name }) => name));
  report.otherVaults = vaults
    .filter(({ name, location }) => !knownVaults.has(name) && location !== vault.location)
    .map(({ name }) => name);
  const knownSchedules = new Set((await listSchedules(app)).map(({ name }) => name));
  for (const schedule of schedules.filter(({ name }) => !knownSchedules.has(name))) {
    await bringBack(report.schedules, schedule.name, () =>
      createSchedule(app, { ...schedule, enabled: schedule.enabled && options.enable }),
    );
  }
  const knownChannels = new Set((await allChannels(app)).map(({ name }) => name));
  for (const channel of channels.filter(({ name }) => !knownChannels.has(name))) {
    await bringBack(report.channels, channel.name, () => createChannel(app, channel));
  }
  return report;
}

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunContext } from '#base/run-context.ts';
import { factOrThis, readFact, writeFact } from '#control/sites/registrations.ts';
import { generateBackup } from '#flows/generate/generate-site.ts';
import { restoreBackup } from '#flows/restore/restore-backup.ts';
import { createSandbox, listSandboxes, openSandbox } from '#sites/live/sandbox/sandbox.ts';
import { randomPassword } from './access/local-password.ts';
import type { Application } from './application.ts';
import { createSchedule, listSchedules } from './schedules/schedule-service.ts';
import { addSite, listSites } from './sites/registered-sites.ts';
import { addVault, listVaults, sealedPassphrase } from './vaults/registered-vaults.ts';

export interface FirstStart {
  site: string;
  vault: string;
  vaultFolder: string;
  /** Of the vault. The server keeps it, sealed. */
  passphrase: string;
}

interface SampleFact {
  /** making: begun, and perhaps broken off; made: done, and told; none: there is to be none. */
  state: 'making' | 'made' | 'none';
  /** Whether the sandbox is ours to fill; one that was there before is taken as it is. */
  fill: boolean;
}

const sampleFact = 'sample';
const sampleSite = 'demo';
const sampleVault = 'main';
const sampleSchedule = 'Every night';

/**
 * What a server without configuration begins with: a sandbox with sample content as its site, a vault in the data folder, and a schedule that stands ready
 * but is off. A start that was broken off goes on; `tell` is called before it counts as done, so that the passphrase is told at least once. Not when a
 * configuration file or a control database is named, or sites or vaults are there.
 */
export async function prepareSample(
  app: Application,
  say: (text: string) => void,
  tell: (made: FirstStart) => void,
  context: RunContext,
): Promise<void> {
  if ((await readFact(app.control, sampleFact)) === null && !(await isFresh(app))) return;
  const fill = !(await listSandboxes(app.data)).includes(sampleSite);
  const fact = await factOrThis<SampleFact>(app.control, sampleFact, { state: 'making', fill });
  if (fact.state !== 'making') return;
  await prepareSite(app, fact.fill, say, context);
  const vaultFolder = join(app.data, 'vault');
  if (!(await listVaults(app)).some(({ name }) => name === sampleVault)) await makeSampleVault(app, vaultFolder);
  if (!(await listSchedules(app)).some(({ name }) => name === sampleSchedule)) await prepareSchedule(app);
  const passphrase = (await sealedPassphrase(app, sampleVault)) ?? '';
  tell({ site: sampleSite, vault: sampleVault, vaultFolder, passphrase });
  await writeFact(app.control, sampleFact, { state: 'made', fill: false } satisfies SampleFact);
}

/** This server is to have no sample, now and later. */
export async function forgoSample(app: Application): Promise<void> {
  await factOrThis<SampleFact>(app.control, sampleFact, { state: 'none', fill: false });
}

async function isFresh(app: Application): Promise<boolean> {
  if (app.config.file !== null || app.config.controlDatabaseUrl !== null) return false;
  return (await listSites(app)).length + (await listVaults(app)).length === 0;
}

async function prepareSite(app: Application, fill: boolean, say: (text: string) => void, context: RunContext): Promise<void> {
  if (!(await listSandboxes(app.data)).includes(sampleSite)) {
    say('Making a sandbox with sample content ...');
    await createSandbox(app.data, sampleSite, { now: context.now(), env: app.env });
  }
  if ((await listSites(app)).length > 0) return;
  if (fill) await fillSample(app, context);
  await addSite(app, { name: sampleSite, sandbox: sampleSite, isDefault: true });
}

async function makeSampleVault(app: Application, folder: string): Promise<void> {
  // Of a start that was broken off between the vault and its registration nobody knows the passphrase, and nothing is in it.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await addVault(app, { name: sampleVault, location: folder, passphrase: randomPassword() }, true);
}

async function prepareSchedule(app: Application): Promise<void> {
  await createSchedule(app, {
    name: sampleSchedule,
    site: sampleSite,
    kind: 'backup',
    enabled: false,
    cron: '0 2 * * *',
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
    vault: sampleVault,
    snapshot: true,
    retention: { last: 0, hourly: 0, daily: 14, weekly: 8, monthly: 12, yearly: 0, tags: [] },
    tags: ['nightly'],
  });
}

async function fillSample(app: Application, context: RunContext): Promise<void> {
  const backup = join(context.workFolder, 'sample.zip');
  await generateBackup({ pages: 120, spaces: 3, personalSpaces: 1, users: 25 }, backup, 'current', context);
  const site = await openSandbox(app.data, sampleSite, { env: app.env });
  try {
    await restoreBackup(backup, site, {}, context);
  } finally {
    await site.close();
    await rm(backup, { force: true });
  }
}

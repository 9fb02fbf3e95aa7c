import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunContext } from '#base/run-context.ts';
import { readFact, writeFact } from '#control/sites/registrations.ts';
import { generateBackup } from '#flows/generate/generate-site.ts';
import { restoreBackup } from '#flows/restore/restore-backup.ts';
import { createSandbox, listSandboxes, openSandbox } from '#sites/live/sandbox/sandbox.ts';
import { randomPassword } from './access/local-password.ts';
import type { Application } from './application.ts';
import { createSchedule } from './schedules/schedule-service.ts';
import { addSite, listSites } from './sites/registered-sites.ts';
import { addVault, listVaults } from './vaults/registered-vaults.ts';

export interface FirstStart {
  site: string;
  vault: string;
  vaultFolder: string;
  /** Of the vault; told this once. The server keeps it, sealed. */
  passphrase: string;
}

const sampleSite = 'demo';

/**
 * What a server without configuration begins with: a sandbox with sample content as its site, a vault in the data folder, and a schedule that stands ready
 * but is off. Once: when it was done before, or sites are named elsewhere, null. A start that was broken off goes on.
 */
export async function prepareSample(
  app: Application,
  say: (text: string) => void,
  context: RunContext,
): Promise<FirstStart | null> {
  if ((await readFact(app.control, 'sample')) !== null || app.config.sites.length > 0) return null;
  const sites = await listSites(app);
  if (sites.some(({ sandbox }) => sandbox !== sampleSite)) return null;
  if (!(await listSandboxes(app.data)).includes(sampleSite)) {
    say('Making a sandbox with sample content ...');
    await createSandbox(app.data, sampleSite, { now: context.now(), env: app.env });
  }
  if (sites.length === 0) {
    await fillSample(app, context);
    await addSite(app, { name: sampleSite, sandbox: sampleSite, isDefault: true });
  }
  const vaultFolder = join(app.data, 'vault');
  const passphrase = randomPassword();
  if ((await listVaults(app)).length === 0) {
    // Of a start that was broken off between the vault and its registration nobody knows the passphrase, and nothing is in it.
    await rm(vaultFolder, { recursive: true, force: true });
    await mkdir(vaultFolder, { recursive: true, mode: 0o700 });
    await addVault(app, { name: 'main', location: vaultFolder, passphrase }, true);
  }
  await createSchedule(app, {
    name: 'Every night',
    site: sampleSite,
    kind: 'backup',
    enabled: false,
    cron: '0 2 * * *',
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
    vault: 'main',
    snapshot: true,
    retention: { last: 0, hourly: 0, daily: 14, weekly: 8, monthly: 12, yearly: 0, tags: [] },
    tags: ['nightly'],
  });
  await writeFact(app.control, 'sample', { made: context.now().toISOString() });
  return { site: sampleSite, vault: 'main', vaultFolder, passphrase };
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

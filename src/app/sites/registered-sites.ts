import { OxbowError } from '#base/errors.ts';
import { wakeChannel } from '#control/jobs/job-events.ts';
import { releaseHeldJobs } from '#control/jobs/start-job.ts';
import {
  addRegistration,
  beTheDefault,
  changeRegistration,
  listRegistrations,
  removeRegistration,
  setUpgradingSince,
  upgradingSites,
} from '#control/sites/registrations.ts';
import { listSandboxes } from '#sites/live/sandbox/sandbox.ts';
import type { Application } from '../application.ts';
import { isRegisteredName } from '../config/read-server-config.ts';
import type { ConfiguredSite } from '../config/server-config.ts';

/** A site that the server knows, without any secret. */
export interface RegisteredSite extends Omit<ConfiguredSite, 'databasePassword'> {
  /** file: the configuration file, which alone may change it; database: added with the CLI or the API. */
  origin: 'file' | 'database';
  isDefault: boolean;
  /** An operator says that a rolling upgrade goes on. */
  upgradingSince: Date | null;
}

/** What is sealed is opened only as the password of the same site. */
const secretOf = (name: string) => `the site ${name}`;

/** The sites of the file, then those that were added. The default is the one that says so, else the first. */
export async function listSites(app: Application): Promise<RegisteredSite[]> {
  const upgrading = await upgradingSites(app.control);
  const added = await listRegistrations<ConfiguredSite>(app.control, 'sites');
  const inFile = new Set(app.config.sites.map(({ name }) => name));
  const all = [
    ...app.config.sites.map(({ databasePassword: _, ...site }) => ({ ...site, origin: 'file' as const })),
    ...added
      .filter(({ name }) => !inFile.has(name))
      .map(({ name, settings }) => ({ ...settings, name, origin: 'database' as const })),
  ];
  const chosen = all.find((site) => site.isDefault) ?? all[0];
  return all.map((site) => ({ ...site, isDefault: site === chosen, upgradingSince: upgrading.get(site.name) ?? null }));
}

/** Errors: SITE_UNKNOWN. */
export async function findSite(app: Application, name: string): Promise<RegisteredSite> {
  const site = (await listSites(app)).find((one) => one.name === name);
  if (site) return site;
  throw new OxbowError('SITE_UNKNOWN', `There is no site "${name}".`, { hint: 'List the sites with: oxbow site list' });
}

export async function defaultSite(app: Application): Promise<RegisteredSite | null> {
  return (await listSites(app)).find((site) => site.isDefault) ?? null;
}

/** Adds a site. Its password is sealed. Errors: SITE_EXISTS, SITE_NAME_INVALID, SITE_INCOMPLETE. */
export async function addSite(app: Application, site: ConfiguredSite): Promise<RegisteredSite> {
  if (!isRegisteredName(site.name)) {
    throw new OxbowError('SITE_NAME_INVALID', `"${site.name}" cannot be the name of a site.`, {
      hint: 'A name has small letters, digits and hyphens, at most 40.',
    });
  }
  await mustBeComplete(app, site);
  const { databasePassword, ...settings } = withoutPassword(site);
  const isTaken = (await listSites(app)).some(({ name }) => name === site.name);
  const secret = databasePassword ? app.secrets.seal(databasePassword, secretOf(site.name)) : null;
  const isAdded = await app.control.transaction(async (queries) => {
    if (isTaken) return false;
    if (!(await addRegistration(queries, 'sites', { name: site.name, settings, secret, created: app.now() }))) return false;
    if (settings.isDefault) await beTheDefault(queries, site.name);
    return true;
  });
  if (!isAdded) {
    throw new OxbowError('SITE_EXISTS', `There is a site "${site.name}" already.`, {
      hint: 'Choose another name, or remove that one first.',
    });
  }
  return await findSite(app, site.name);
}

/** Changes settings; those that are absent stay. Errors: SITE_UNKNOWN, SITE_IN_FILE, SITE_INCOMPLETE. */
export async function changeSite(app: Application, name: string, changes: Partial<ConfiguredSite>): Promise<RegisteredSite> {
  await mustBeAdded(app, name);
  const before = (await listRegistrations<ConfiguredSite>(app.control, 'sites')).find((one) => one.name === name)?.settings;
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const { databasePassword, ...settings } = withoutPassword({ ...before, ...given, name });
  await mustBeComplete(app, settings);
  const secret = databasePassword ? app.secrets.seal(databasePassword, secretOf(name)) : null;
  await app.control.transaction(async (queries) => {
    await changeRegistration(queries, 'sites', { name, settings, secret });
    if (settings.isDefault) await beTheDefault(queries, name);
  });
  return await findSite(app, name);
}

/** Forgets the site; nothing of the site itself is touched. Errors: SITE_UNKNOWN, SITE_IN_FILE. */
export async function removeSite(app: Application, name: string): Promise<void> {
  await mustBeAdded(app, name);
  await removeRegistration(app.control, 'sites', name);
}

/** An operator says that a rolling upgrade begins or is over. Jobs that were held meanwhile may start then. */
export async function setUpgrading(app: Application, name: string, on: boolean): Promise<void> {
  await findSite(app, name);
  await setUpgradingSince(app.control, name, on ? app.now() : null);
  if (!on) {
    await releaseHeldJobs(app.control, name);
    await app.control.notify(wakeChannel, `site:${name}`);
  }
}

/** The password of the database, from where the site says it is; null when it needs none, or its URL has it. Errors: SERVER_KEY_WRONG. */
export async function sealedPassword(app: Application, name: string): Promise<string | null> {
  const found = (await listRegistrations<ConfiguredSite>(app.control, 'sites')).find((one) => one.name === name);
  return found?.secret ? app.secrets.open(found.secret, secretOf(name)) : null;
}

async function mustBeAdded(app: Application, name: string): Promise<RegisteredSite> {
  const site = await findSite(app, name);
  if (site.origin === 'database') return site;
  throw new OxbowError('SITE_IN_FILE', `The site "${name}" stands in the configuration file, which alone changes it.`, {
    hint: 'Edit the file and start the server again.',
  });
}

async function mustBeComplete(app: Application, site: ConfiguredSite): Promise<void> {
  const wrong = (message: string) => {
    throw new OxbowError('SITE_INCOMPLETE', message, {
      hint: 'Give the URL of its database and its home directory, or the name of a sandbox.',
    });
  };
  if (site.sandbox !== undefined) {
    if (!(await listSandboxes(app.data)).includes(site.sandbox)) wrong(`There is no sandbox "${site.sandbox}" in ${app.data}.`);
    return;
  }
  if (!site.databaseUrl) wrong(`The site "${site.name}" has no database.`);
  const url = URL.parse(site.databaseUrl!);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) wrong('The URL of the database is not one of PostgreSQL.');
  if (!site.home) wrong(`The site "${site.name}" has no home directory.`);
}

/** A password in the URL is taken out of it: it is kept sealed, or not at all. */
function withoutPassword(site: ConfiguredSite): ConfiguredSite {
  const url = site.databaseUrl ? URL.parse(site.databaseUrl) : null;
  if (!url || url.password === '') return site;
  const databasePassword = site.databasePassword ?? decodeURIComponent(url.password);
  url.password = '';
  return { ...site, databaseUrl: url.href, databasePassword };
}

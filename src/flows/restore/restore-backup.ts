import { OxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import { collectWarnings, type WarningCollector } from '#base/warnings.ts';
import type { SiteReader } from '#model/site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { readTarget } from '#sites/live/reader/read-target.ts';
import { LiveSiteWriter } from '#sites/live/restore/live-site-writer.ts';
import { copyRowsAndFiles } from '../copy-site.ts';
import { type RestoreOutcome, restoreId } from './restore-outcome.ts';
import type { RestoreReport } from './restore-report.ts';
import { openXmlSource, type RestoreSource, type UnknownObject } from './restore-source.ts';
import { restoreSpaces, type SpaceRestoreOptions } from './restore-spaces.ts';
import { checkVersionRules, type VersionFacts } from './version-rules.ts';

export interface RestoreOptions extends SpaceRestoreOptions {
  /** Plan only: everything is checked against the site, nothing is changed. */
  dryRun?: boolean;
  acceptVersion?: boolean;
  kind?: 'site' | 'space';
  fromVersion?: string;
  appData?: boolean;
}

/**
 * Restores an XML backup into a live site: a site backup replaces the site, a space backup (or some spaces of a site backup) adds to it.
 * All or nothing.
 */
export async function restoreBackup(
  path: string,
  site: LiveSite,
  options: RestoreOptions,
  context: RunContext,
): Promise<RestoreReport> {
  return await restoreFrom((inner) => openXmlSource(path, options, inner), site, options, context);
}

/** Restores whatever a source gives. The source is closed afterwards. */
export async function restoreFrom(
  open: (context: RunContext) => Promise<RestoreSource>,
  site: LiveSite,
  options: RestoreOptions,
  context: RunContext,
): Promise<RestoreReport> {
  const started = context.now().getTime();
  const { context: inner, warnings } = collectWarnings(context);
  const target = await readTarget(site);
  const source = await open(inner);
  const { reader, facts } = source;
  try {
    assertSpacesAreMeant(facts, options);
    const description = await reader.describe();
    const spaceKeys = description.spaces.map((space) => space.key);
    checkVersionRules(facts, spaceKeys, { name: site.name, ...target }, options);
    nameWhatHasNoPlace(source, inner);
    const wholeSite = facts.kind === 'site' && !options.spaceKeys?.length;
    const outcome = wholeSite
      ? await restoreSite(reader, site, options, inner)
      : await restoreSpaces(reader, facts.spaceKeys, site, options, inner);
    await skipUnknownObjects(source, outcome);
    return finishReport(source, site, options, outcome, warnings, (inner.now().getTime() - started) / 1000);
  } finally {
    await reader.close();
  }
}

async function restoreSite(
  reader: SiteReader,
  site: LiveSite,
  options: RestoreOptions,
  context: RunContext,
): Promise<RestoreOutcome> {
  const id = restoreId(context.now());
  const writer = new LiveSiteWriter(site, id, context);
  const whole = await reader.describe();
  const description =
    options.appData === false ? { ...whole, tables: whole.tables.filter((t) => !t.name.startsWith('AO_')) } : whole;
  try {
    await writer.begin(description);
    await copyRowsAndFiles(reader, writer, description, {}, context);
    if (options.dryRun) {
      await writer.prepare();
      await writer.abort();
    } else await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return {
    scope: 'site',
    ledger: writer.ledger,
    spaces: description.spaces.map((space) => ({ key: space.key, name: space.name, action: 'restore' as const })),
    users: { total: 0, byKey: 0, byName: 0, byEmail: 0, byMapping: 0, created: 0, matches: [] },
    groups: [],
    groupsMissing: [],
    attachments: writer.attachments,
    previous: options.dryRun ? null : writer.previous,
    safetyBackup: null,
  };
}

function assertSpacesAreMeant(facts: VersionFacts, options: RestoreOptions): void {
  if (facts.kind === 'site' && !options.spaceKeys?.length && (options.asKey || options.replace || options.skipExisting)) {
    throw new OxbowError('BACKUP_WRONG_KIND', 'This is a site backup: --as, --replace and --skip-existing are for spaces.', {
      hint: 'Name the space to take out of it with --space KEY, or restore the whole site without these options.',
    });
  }
}

/** Everything of the backup that a Data Center database has no place for is in the report by name. */
function nameWhatHasNoPlace(source: RestoreSource, context: RunContext): void {
  for (const [property, count] of source.unmappedProperties) {
    context.warn({
      code: 'PROPERTY_WITHOUT_COLUMN',
      message: `${count} objects have a value, which the database has no column for`,
      object: property,
    });
  }
}

/** Objects of classes that no table holds: each is named as skipped. */
async function skipUnknownObjects(source: RestoreSource, outcome: RestoreOutcome): Promise<void> {
  for await (const object of source.unknownObjects())
    outcome.ledger.skippedObject(object.className, object.id ?? '?', titleOf(object));
}

function titleOf(object: UnknownObject): string | null {
  const field = object.fields.find(
    (candidate) => candidate.kind === 'value' && ['title', 'name', 'key'].includes(candidate.name),
  );
  return field?.text ?? null;
}

const oldUserClasses: Record<string, string> = {
  DefaultHibernateUser: 'users of an internal Crowd directory',
  DefaultHibernateGroup: 'groups of an internal Crowd directory',
};

function finishReport(
  source: RestoreSource,
  site: LiveSite,
  options: RestoreOptions,
  outcome: RestoreOutcome,
  warnings: WarningCollector,
  seconds: number,
): RestoreReport {
  const total = { processed: 0, persisted: 0, reused: 0, skipped: 0 };
  for (const counts of outcome.ledger.tables.values()) {
    total.processed += counts.processed;
    total.persisted += counts.persisted;
    total.reused += counts.reused;
    total.skipped += counts.skipped;
  }
  const unknown = [...source.classes].filter(([, entry]) => !entry.known);
  return {
    outcome: options.dryRun ? 'plan' : 'restored',
    scope: outcome.scope,
    site: site.name,
    backup: source.backup,
    spaces: outcome.spaces,
    records: total,
    tables: Object.fromEntries(outcome.ledger.tables),
    skipped: outcome.ledger.skippedRecords,
    classes: Object.fromEntries([...source.classes].map(([name, entry]) => [name, entry.count])),
    propertiesWithoutColumn: Object.fromEntries(source.unmappedProperties),
    classesWithoutTable: unknown.map(([className, entry]) => ({
      className,
      objects: entry.count,
      became: oldUserClasses[className] ?? null,
    })),
    placeholders: Object.fromEntries(outcome.ledger.placeholders),
    users: outcome.users,
    groups: outcome.groups,
    groupsMissing: outcome.groupsMissing,
    attachments: outcome.attachments,
    warnings: warnings.groups(),
    previous: outcome.previous,
    safetyBackup: outcome.safetyBackup,
    seconds,
  };
}

import { OxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import type { SiteReader } from '#model/site.ts';
import type { XmlFacts } from '#sites/xml/reader/xml-facts.ts';
import { XmlSiteReader } from '#sites/xml/reader/xml-site-reader.ts';
import type { RestoreReport } from './restore-report.ts';
import type { VersionFacts } from './version-rules.ts';

/** An object of a class that no table holds. */
export interface UnknownObject {
  className: string;
  id: string | null;
  fields: { kind: string; name: string; text?: string | null }[];
}

/** What is restored: a reader of any kind, and what the report says of it. */
export interface RestoreSource {
  reader: SiteReader;
  facts: VersionFacts;
  backup: RestoreReport['backup'];
  /** Objects by class: how many, and whether the model knows it. Complete once all tables were read. */
  classes: ReadonlyMap<string, { count: number; known: boolean }>;
  /** Properties that the model has no column for, with the number of objects that have a value. */
  unmappedProperties: ReadonlyMap<string, number>;
  unknownObjects(): AsyncIterable<UnknownObject>;
}

export interface XmlSourceOptions {
  kind?: 'site' | 'space';
  fromVersion?: string;
  appData?: boolean;
}

/** An XML backup as what is restored. Errors: those of XmlSiteReader.open, BACKUP_WRONG_KIND. */
export async function openXmlSource(path: string, options: XmlSourceOptions, context: RunContext): Promise<RestoreSource> {
  const readerOptions = {
    ...(options.kind ? { kind: options.kind } : {}),
    ...(options.fromVersion ? { fromVersion: options.fromVersion } : {}),
    appData: options.appData ?? true,
  };
  const reader = await XmlSiteReader.open(path, readerOptions, context);
  try {
    assertKind(reader.facts, options);
  } catch (error) {
    await reader.close();
    throw error;
  }
  const { facts, report } = reader;
  return {
    reader,
    facts,
    backup: {
      path: facts.path,
      kind: facts.kind,
      dialect: facts.dialect,
      source: facts.source,
      date: facts.date,
      createdByBuild: facts.createdByBuild,
      createdByVersion: facts.createdByVersion,
    },
    classes: report.classes,
    unmappedProperties: report.unmappedProperties,
    unknownObjects: () => reader.unknownObjects(),
  };
}

function assertKind(facts: XmlFacts, options: XmlSourceOptions): void {
  const says = facts.descriptor?.exportType === 'all' ? 'site' : facts.descriptor?.exportType === 'space' ? 'space' : null;
  if (options.kind && says && options.kind !== says) {
    throw new OxbowError('BACKUP_WRONG_KIND', `This is a ${says} backup, not a ${options.kind} backup.`, {
      hint: `Leave --kind away, or choose a ${options.kind} backup.`,
    });
  }
}

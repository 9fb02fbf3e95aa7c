import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunContext } from '#base/run-context.ts';
import { classModel, xmlOnlyColumns } from '#model/model.ts';
import type { SiteDescription } from '#model/site.ts';
import { tableModels } from '#model/table-model.ts';
import { inlineTasksTable } from '#sites/xml/reader/inline-tasks.ts';
import { XmlSiteReader } from '#sites/xml/reader/xml-site-reader.ts';
import { AttachmentComparison } from './attachment-files.ts';
import { ContentCounter } from './count-content.ts';
import { UserCounter } from './count-users.ts';
import { DanglingFinder } from './find-dangling.ts';
import type { InspectedClass, InspectReport } from './inspect-report.ts';
import { ProblemList } from './problem-list.ts';
import { judgeRestorable } from './restorable.ts';
import { isForeign, reportSpaces } from './space-problems.ts';
import { columnAt, type Fields, nullField, walkRows } from './walk-rows.ts';

export interface InspectOptions {
  kind?: 'site' | 'space';
  fromVersion?: string;
  /** Memory of the reader's sorting and of the analysis, in bytes, each. */
  memoryBytes?: number;
}

/** Classes of 3.x that the model does not have as such: the reader turns them into users and groups of a directory. */
const oldUserClasses = new Set(['DefaultHibernateUser', 'DefaultHibernateGroup']);

const othersNamed = 1000;

/**
 * Says what an XML backup holds, what is wrong with it, and whether it can be restored; needs no database. Reads what can be read of a
 * truncated entities.xml. Memory: `memoryBytes` twice (16 MiB each), a batch of rows, and a record for each space and class.
 * Errors: those of openBackupSource and scanObjects, XML_TRUNCATED aside; CANCELLED.
 */
export async function inspectBackup(path: string, options: InspectOptions, context: RunContext): Promise<InspectReport> {
  const started = context.now().getTime();
  const memoryBytes = options.memoryBytes ?? 16 * 1024 * 1024;
  const problems = new ProblemList();
  const inner: RunContext = { ...context, warn: problems.add };
  const reader = await XmlSiteReader.open(path, { ...options, salvage: true, memoryBytes }, inner);
  try {
    const folder = await mkdtemp(join(context.workFolder, 'inspect-'));
    try {
      const report = await analyse(reader, folder, memoryBytes, problems, inner);
      return { ...report, seconds: (context.now().getTime() - started) / 1000 };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } finally {
    await reader.close();
  }
}

async function analyse(
  reader: XmlSiteReader,
  folder: string,
  memory: number,
  problems: ProblemList,
  context: RunContext,
): Promise<InspectReport> {
  const { facts, truncation } = reader;
  const description = await reader.describe();
  reportSpaces(facts, description.spaces, problems);
  const { content, dangling, attachments, users, xmlOnly } = await surveyRows(
    reader,
    description,
    folder,
    memory,
    problems,
    context,
  );
  const others = await listEntries(reader);
  const classes = listClasses(reader);
  const propertiesWithoutColumn = [
    ...[...reader.report.unmappedProperties].map(([property, objects]) => ({ property, objects })),
    ...[...xmlOnly].map(([property, objects]) => ({ property, objects, usedFor: 'matching users with those of a site' })),
  ];
  const appTables = description.tables
    .filter((table) => table.name.startsWith('AO_'))
    .map((table) => ({
      table: table.name,
      rows: reader.rowCount(table.name),
      from: table === inlineTasksTable ? ('inline-tasks-csv' as const) : ('plugin-data' as const),
    }));
  const groups = problems.groups();
  const spaceKeys = description.spaces.map((space) => space.key);
  const judged = { facts, truncation, spaceKeys, classes, propertiesWithoutColumn, appTables, problems: groups };
  return {
    backup: {
      path: facts.path,
      container: facts.container,
      bytes: facts.container === 'zip' ? (await stat(facts.path)).size : others.unpackedBytes,
      unpackedBytes: others.unpackedBytes,
      entries: others.entries,
      entitiesBytes: facts.entitiesBytes,
    },
    kind: facts.kind,
    kindFrom: facts.kindFrom,
    createdByVersion: facts.createdByVersion,
    createdByBuild: facts.createdByBuild,
    compatibleBuild: facts.compatibleBuild,
    dialect: facts.dialect,
    source: facts.source,
    date: facts.date,
    descriptor: facts.descriptor ? Object.fromEntries(facts.descriptor.properties) : null,
    spaceKeys: facts.spaceKeys,
    objects: facts.objects,
    truncation,
    spaces: description.spaces.map((space, i) => ({
      ...space,
      foreign: isForeign(facts, space.key),
      content: content.spaces[i],
    })),
    siteContent: content.site,
    withoutSpace: content.withoutSpace,
    users,
    classes,
    attachments,
    appTables,
    propertiesWithoutColumn,
    danglingReferences: dangling,
    otherEntries: others.other,
    problems: groups,
    restorable: judgeRestorable(judged),
    seconds: 0,
  };
}

/** Goes over all rows once, and lets everyone who counts see them; then each draws its conclusions. */
async function surveyRows(
  reader: XmlSiteReader,
  { spaces }: SiteDescription,
  folder: string,
  memory: number,
  problems: ProblemList,
  context: RunContext,
) {
  const tables = tableModels.map((table) => table.name);
  const counter = new ContentCounter(spaces, folder, memory / 2, problems);
  const finder = new DanglingFinder(tables, folder, memory / 4);
  const comparison = new AttachmentComparison(folder, memory / 8);
  const userCounter = new UserCounter(folder, memory / 8);
  const xmlOnly = new Map<string, number>();
  const stages = [counter, finder, comparison, userCounter];
  let done = 0;
  try {
    for (const table of tables) {
      const seeReferences = finder.visitor(table);
      const seeXmlOnly = xmlOnlyCounter(table, xmlOnly);
      const see = (fields: Fields): void => {
        seeReferences(fields);
        seeXmlOnly?.(fields);
        if (table === 'content') {
          counter.see(fields);
          comparison.see(fields);
        } else if (table === 'user_mapping') userCounter.see(fields);
      };
      await walkRows(reader, table, context, see, async (batch) => {
        done += batch.count;
        context.progress({ phase: 'checking records', done, total: Math.max(done, reader.totalRows), unit: 'records' });
        for (const stage of stages) await stage.drain();
      });
    }
    await counter.finish();
    const leftOut = reader.facts.descriptor?.backupAttachments === false;
    return {
      content: counter,
      xmlOnly,
      users: await userCounter.finish(reader.report, problems),
      attachments: await comparison.finish(reader, leftOut, problems, context),
      dangling: await finder.finish(reader, problems, context),
    };
  } finally {
    for (const stage of stages) await stage.dispose();
  }
}

/** Counts values of columns that only the XML knows. */
function xmlOnlyCounter(table: string, counts: Map<string, number>): ((fields: Fields) => void) | null {
  const columns = xmlOnlyColumns(table).map((name) => ({ name: `ConfluenceUserImpl.${name}`, at: columnAt(table, name) }));
  if (columns.length === 0) return null;
  return (fields) => {
    for (const { name, at } of columns) {
      if (fields[at] !== nullField && fields[at] !== '') counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  };
}

function listClasses(reader: XmlSiteReader): InspectedClass[] {
  return [...reader.report.classes]
    .map(([className, { packageName, count }]) => ({
      className,
      packageName,
      objects: count,
      known: classModel(className) !== undefined || oldUserClasses.has(className),
    }))
    .sort((a, b) => b.objects - a.objects || (a.className < b.className ? -1 : 1));
}

async function listEntries(reader: XmlSiteReader) {
  const result = { entries: 0, unpackedBytes: 0, other: { count: 0, bytes: 0, first: [] as { name: string; bytes: number }[] } };
  for await (const entry of reader.entries()) {
    result.entries++;
    result.unpackedBytes += entry.size;
  }
  for await (const entry of reader.otherEntries()) {
    result.other.count++;
    result.other.bytes += entry.size;
    if (result.other.first.length < othersNamed) result.other.first.push({ name: entry.name, bytes: entry.size });
  }
  return result;
}

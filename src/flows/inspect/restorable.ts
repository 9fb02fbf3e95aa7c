import { isOxbowError } from '#base/errors.ts';
import type { WarningGroup } from '#base/warnings.ts';
import type { XmlFacts } from '#sites/xml/reader/xml-facts.ts';
import { checkVersionRules, type RuleOptions } from '../restore/version-rules.ts';
import type { InspectedClass, InspectReport, Reason, Restorability } from './inspect-report.ts';

/** The version that a new sandbox says it is, unless it is told otherwise (`oxbow sandbox create`). */
const newSandbox = { version: '8.5.6', build: 9012 };

/** Classes whose table went with Confluence 7. */
const classesWithoutTable = new Set(['ReferralLink']);

export interface JudgedBackup {
  facts: XmlFacts;
  truncation: InspectReport['truncation'];
  spaceKeys: string[];
  classes: InspectedClass[];
  propertiesWithoutColumn: InspectReport['propertiesWithoutColumn'];
  appTables: InspectReport['appTables'];
  problems: WarningGroup[];
}

/** Says whether and how a backup can be restored into a new sandbox, by the rules that a restore goes by. */
export function judgeRestorable(backup: JudgedBackup): Restorability {
  const reasons = damage(backup);
  const options: Restorability['options'] = [];
  const failed = checkRules(backup, options);
  if (failed) reasons.push(failed);
  const notes = [...lossNotes(backup), ...problemNotes(backup.problems)];
  const verdict = reasons.length > 0 ? 'no' : notes.length > 0 ? 'with-notes' : 'yes';
  return { verdict, into: newSandbox, reasons, options: reasons.length > 0 ? [] : options, notes };
}

/** What a restore refuses whatever it is told. */
function damage({ facts, truncation, problems }: JudgedBackup): Reason[] {
  const reasons: Reason[] = [];
  if (truncation) {
    reasons.push({
      code: 'XML_TRUNCATED',
      message: `entities.xml is cut off at byte ${truncation.atByte}: ${truncation.completeObjects} complete objects stand before it, what followed them is lost`,
      hint: 'Get the backup again.',
    });
  }
  if (facts.container === 'zip' && !facts.descriptor) {
    reasons.push({
      code: 'BACKUP_NO_DESCRIPTOR',
      message: 'the zip has no exportDescriptor.properties, which says what it is',
      hint: 'Unpack it into a folder: a folder is judged by its content.',
    });
  }
  const appData = problems.find((group) => group.code === 'PLUGIN_DATA_DAMAGED');
  if (appData) reasons.push({ code: appData.code, message: appData.examples[0].message });
  return reasons;
}

/** Asks the rules of a restore, with the options that they ask for. The reason when none helps. */
function checkRules({ facts, spaceKeys }: JudgedBackup, options: Restorability['options']): Reason | null {
  const rules: RuleOptions = {};
  let asked = facts;
  for (;;) {
    try {
      checkVersionRules(asked, spaceKeys, { name: 'a new sandbox', ...newSandbox }, rules);
      return null;
    } catch (error) {
      if (!isOxbowError(error)) throw error;
      if (error.code === 'BACKUP_OTHER_VERSION' && !rules.acceptVersion) {
        rules.acceptVersion = true;
        options.push({ option: '--accept-version', why: error.message });
      } else if (error.code === 'BACKUP_KIND_UNKNOWN' && asked.kindFrom !== 'option') {
        asked = { ...facts, kindFrom: 'option' };
        options.push({ option: `--kind ${facts.kind}`, why: `${error.message} Its content looks like a ${facts.kind}.` });
      } else return { code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
    }
  }
}

/** What a Data Center 8.x has no place for. */
function lossNotes({ facts, classes, propertiesWithoutColumn, appTables }: JudgedBackup): Reason[] {
  const notes: Reason[] = [];
  const lost = classes.filter((entry) => !entry.known || classesWithoutTable.has(entry.className));
  for (const { className, objects } of lost) {
    notes.push({
      code: 'CLASS_WITHOUT_TABLE',
      message: `${objects} objects of the class ${className} have no table and are left out`,
    });
  }
  const properties = propertiesWithoutColumn.filter((entry) => !entry.usedFor);
  if (properties.length > 0) {
    const list = properties.slice(0, 20).map((entry) => `${entry.property} (${entry.objects})`);
    const more = properties.length > 20 ? ` and ${properties.length - 20} more` : '';
    notes.push({
      code: 'PROPERTY_WITHOUT_COLUMN',
      message: `these properties have no column and are left out: ${list.join(', ')}${more}`,
    });
  }
  if (facts.kind === 'space' && appTables.length > 0) {
    notes.push({
      code: 'APP_DATA_LEFT_OUT',
      message: 'data of apps is restored with a whole site only, and left out with spaces',
    });
  }
  return notes;
}

/** Problems that take nothing away from a restore, and those that have a reason or a note of their own. */
const quiet = new Set([
  'ATTACHMENT_FILE_MISSING_IN_TRASH',
  'ZIP_FOLDER_ENTRIES',
  'ZIP_SYSTEM_FILES',
  'ZIP_NESTED_FOLDER',
  'NO_DESCRIPTOR',
  'XML_TRUNCATED',
  'PLUGIN_DATA_DAMAGED',
  'UNKNOWN_CLASS',
]);

/** What the problems of a code mean for a restore. The number of them goes before it. */
const consequences: Record<string, string> = {
  ATTACHMENT_FILE_MISSING: 'versions of attachments that have no file and come back without one',
  ATTACHMENTS_LEFT_OUT: 'attachments come back without their files',
  ATTACHMENT_ROW_MISSING: 'attachment files that belong to no attachment; a placeholder keeps each',
  DANGLING_REFERENCE:
    'references to records that are not in the backup; a placeholder stands in for the record, or the reference is dropped, or what needs it is left out',
  CONTENT_WITHOUT_SPACE: 'records of content that lead to no space',
  FOREIGN_SPACE: 'spaces that the descriptor does not name; they come back too, and never replace a space',
  DUPLICATE_RECORD: 'records written twice and differently; the last one counts',
  DUPLICATE_USER_NAME: 'users that have the name of another user and lose it',
  DUPLICATE_SPACE_KEY: 'spaces that have the key of another space and are joined with it',
  MISSING_RECORD: 'records that a collection names and that are not in the backup',
  INVALID_VALUE: 'values that are none of their type and were left empty',
  VALUE_CUT: 'values that are longer than their column and were cut',
  RECORD_SKIPPED: 'records that cannot be read as rows and are left out',
  XML_CONTROL_CHARACTERS: 'objects with characters that XML does not allow; these are removed',
  NO_SPACES: 'no space is in the backup',
};

/** Codes that occur once, for the whole backup. */
const uncounted = new Set(['ATTACHMENTS_LEFT_OUT', 'NO_SPACES']);

function problemNotes(problems: WarningGroup[]): Reason[] {
  return problems
    .filter((group) => !quiet.has(group.code))
    .map(({ code, count }) => {
      const text = consequences[code] ?? 'problems of this kind: see the list';
      return { code, message: uncounted.has(code) ? text : `${count.toLocaleString('en')} ${text}` };
    });
}

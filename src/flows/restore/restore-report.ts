import type { WarningGroup } from '#base/warnings.ts';
import type { GroupMatch } from '#sites/live/restore/match-groups.ts';
import type { RecordCounts, SkippedRecord } from '#sites/live/restore/restore-ledger.ts';
import type { XmlFacts } from '#sites/xml/reader/xml-facts.ts';

/** How one user of the backup is found in the site. */
export interface UserMatch {
  key: string;
  name: string | null;
  email: string | null;
  /** The key in the site. */
  siteKey: string;
  by: 'mapping' | 'key' | 'name' | 'email' | 'new';
}

/** What a restore did, or (as a plan) would do. */
export interface RestoreReport {
  /** 'plan': nothing was written. */
  outcome: 'plan' | 'restored';
  scope: 'site' | 'space';
  site: string;
  /** `path`: of the XML backup; `dialect` is null for a snapshot. */
  backup: Pick<XmlFacts, 'path' | 'kind' | 'source' | 'date' | 'createdByBuild' | 'createdByVersion'> & {
    dialect: XmlFacts['dialect'] | null;
  };
  spaces: { key: string; name: string | null; action: 'restore' | 'replace' | 'skip'; as?: string; reason?: string }[];
  records: RecordCounts;
  /** By table. */
  tables: Record<string, RecordCounts>;
  /** Records that were left out, each with its reason: the first 10,000 (`records.skipped` counts all). */
  skipped: SkippedRecord[];
  /** Objects read, by class. */
  classes: Record<string, number>;
  /** Properties that no column of the site holds: name and number of objects with a value. */
  propertiesWithoutColumn: Record<string, number>;
  /** Classes that no table of the site holds, and what became of their objects. */
  classesWithoutTable: { className: string; objects: number; became: string | null }[];
  /** Rows that stand in for records missing from the backup, by table. */
  placeholders: Record<string, number>;
  users: {
    total: number;
    byKey: number;
    byName: number;
    byEmail: number;
    byMapping: number;
    created: number;
    matches: UserMatch[];
  };
  /** Groups that permissions and restrictions name: the first 10,000. */
  groups: GroupMatch[];
  groupsMissing: string[];
  attachments: { files: number; bytes: number };
  warnings: WarningGroup[];
  /** Where the site as it was before is kept. */
  previous: string | null;
  /** The safety backup of a space that was replaced. */
  safetyBackup: string | null;
  seconds: number;
}

/** How much is different. */
export interface DifferenceCounts {
  added: number;
  changed: number;
  removed: number;
}

/** One thing that is different, for people. */
export interface NamedDifference {
  kind: 'added' | 'changed' | 'removed';
  /** "Page 98361 'Home'". */
  object: string;
  space: string | null;
}

export interface CompareReport {
  /** "snapshot 0123456789", or the name of a site. */
  before: string;
  after: string;
  equal: boolean;
  /** Of rows, by table; tables without a difference are left out. */
  tables: Record<string, DifferenceCounts>;
  /** Tables that only one side has, or whose columns are not the same. */
  tablesAdded: string[];
  tablesRemoved: string[];
  tablesReshaped: string[];
  /** Of rows, by key of the space; '' for what belongs to none. */
  spaces: Record<string, DifferenceCounts>;
  files: DifferenceCounts;
  /** Pages, blog posts, comments, attachments: the first thousand. */
  content: NamedDifference[];
  /** Paths: the first thousand. */
  filesNamed: { kind: 'added' | 'changed' | 'removed'; path: string }[];
  seconds: number;
}

export function noDifference(): DifferenceCounts {
  return { added: 0, changed: 0, removed: 0 };
}

import { ExternalSorter } from '#base/external-sorter.ts';
import { decodeField } from '#model/copy-text.ts';
import { userKeyOfName } from '#model/user-key.ts';
import type { MappingReport } from '#sites/xml/reader/mapping-report.ts';
import type { InspectedUsers } from './inspect-report.ts';
import type { ProblemList } from './problem-list.ts';
import { columnAt, type Fields, rowNamer } from './walk-rows.ts';

const [keyAt, lowerNameAt] = ['user_key', 'lower_username'].map((column) => columnAt('user_mapping', column));

const isMade = 'M';

/** Counts users, and finds those that share a name (sorted by it, on disk). Memory: the budget. */
export class UserCounter {
  readonly #byName: ExternalSorter;
  readonly #nameOf = rowNamer('user_mapping');
  #waiting: Promise<void> | null = null;

  constructor(folder: string, memory: number) {
    this.#byName = new ExternalSorter({ folder, name: 'users', memory });
  }

  /** A row of user_mapping. Those whose key the reader made from the name stand for users that the backup names only. */
  see(fields: Fields): void {
    const lowerName = decodeField(fields[lowerNameAt]) ?? '';
    const made = decodeField(fields[keyAt]) === userKeyOfName(lowerName);
    const waiting = this.#byName.add(lowerName, made ? isMade : `R${this.#nameOf(fields)}`);
    if (waiting) this.#waiting = waiting;
  }

  /** To be awaited between batches. */
  async drain(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = null;
    await waiting;
  }

  async finish(report: MappingReport, problems: ProblemList): Promise<InspectedUsers> {
    const objects = (className: string) => report.classes.get(className)?.count ?? 0;
    const counts = {
      keyed: 0,
      byNameOnly: 0,
      directoryUsers: objects('InternalUser'),
      groups: objects('InternalGroup'),
      memberships: objects('HibernateMembership'),
      directories: objects('DirectoryImpl'),
      oldUsers: objects('DefaultHibernateUser'),
      oldGroups: objects('DefaultHibernateGroup'),
    };
    let name: string | null = null;
    let first: string | null = null;
    let made = false;
    const endName = () => {
      if (made && first === null) counts.byNameOnly++;
    };
    for await (const { key, value } of this.#byName.sorted()) {
      if (key !== name) {
        endName();
        [name, first, made] = [key, null, false];
      }
      if (value === isMade) made = true;
      else {
        counts.keyed++;
        if (first === null) first = value.slice(1);
        else if (key !== '') {
          const message = `has the same name as ${first}; names are unique, and all but the first lose theirs`;
          problems.add({ code: 'DUPLICATE_USER_NAME', message, object: value.slice(1) });
        }
      }
    }
    endName();
    return counts;
  }

  async dispose(): Promise<void> {
    await this.#byName.dispose();
  }
}

import { modelColumns } from '#model/model.ts';
import { userKeyOfName } from '#model/user-key.ts';
import { columnIndex, type RowSpool } from './row-spool.ts';

/** Users that a backup names by name: each gets a row in `user_mapping`. Memory: at most 100,000 names; beyond, a name may be spooled twice. */
export class NamedUsers {
  readonly #spool: RowSpool;
  readonly #seen = new Set<string>();

  constructor(spool: RowSpool) {
    this.#spool = spool;
  }

  add(name: string): void {
    if (this.#seen.has(name)) return;
    if (this.#seen.size >= 100_000) this.#seen.clear();
    this.#seen.add(name);
    const key = userKeyOfName(name);
    const row: (string | null)[] = new Array(modelColumns('user_mapping').length).fill(null);
    row[columnIndex('user_mapping', 'user_key')] = key;
    row[columnIndex('user_mapping', 'username')] = name;
    row[columnIndex('user_mapping', 'lower_username')] = name.toLowerCase();
    this.#spool.addRow('user_mapping', key, row);
  }
}

import pg from 'pg';
import { referenceColumns, userColumns } from '#model/model.ts';
import { type Membership, type TableModel, tableModel, tableModels } from '#model/table-model.ts';
import { quoteIdent } from '../schema/quote-ident.ts';

/** The part of a site that is wanted. */
export interface SpaceSelection {
  /** Ids and keys of the spaces; null is the whole site. */
  spaces: { ids: string[]; keys: string[] } | null;
  /** Historical versions of pages, blog posts, comments, attachments, templates. */
  history: boolean;
  /** Content in the trash, and what hangs on it. */
  trash: boolean;
}

const membersTable = 'oxbow_members';
const usersTable = 'oxbow_users';

/** To be called before a read-only transaction begins: that may fill temporary tables, but not create them. */
export async function createMemberTables(client: pg.ClientBase): Promise<void> {
  await client.query(
    `CREATE TEMP TABLE IF NOT EXISTS ${membersTable} (contentid bigint PRIMARY KEY);
     CREATE TEMP TABLE IF NOT EXISTS ${usersTable} (user_key text PRIMARY KEY);
     TRUNCATE ${membersTable}, ${usersTable}`,
  );
}

/**
 * Which rows of a schema belong to a selection, as conditions in SQL on a row `t` of a table. The content that is selected stands in a
 * temporary table of the session, so memory does not grow with the site.
 */
export class SpaceMembers {
  readonly #schema: string;
  readonly #selection: SpaceSelection;
  readonly #tables: Set<string>;

  /** `tables`: those that the schema has. */
  constructor(schema: string, selection: SpaceSelection, tables: Iterable<string>) {
    this.#schema = quoteIdent(schema);
    this.#selection = selection;
    this.#tables = new Set(tables);
  }

  /** Finds the content of the selection, then the users that its rows name. */
  async fill(client: pg.ClientBase): Promise<void> {
    await this.#fillContent(client);
    if (this.#selection.spaces !== null) await this.#fillUsers(client);
  }

  /** null: every row. A table that belongs to the site as a whole has none in a selection of spaces. */
  condition(table: TableModel): string | null {
    if (!table.membership) return this.#selection.spaces === null ? null : 'false';
    if (table.membership.by === 'referrers') return this.#selection.spaces === null ? null : this.#referrers(table);
    return this.#of(table, table.membership);
  }

  /** The condition on the id of a content, for columns that refer to content. */
  isMember(expression: string): string {
    return `EXISTS (SELECT FROM ${membersTable} m WHERE m.contentid = ${expression})`;
  }

  #of(table: TableModel, membership: Membership): string {
    const { spaces } = this.#selection;
    switch (membership.by) {
      case 'space': {
        if (table.name === 'content') return this.isMember('t.contentid');
        const inSpace = (row: string) => (spaces === null ? 'true' : `${row}.${membership.column} = ANY(${idArray(spaces.ids)})`);
        if (table.name !== 'pagetemplates') return inSpace('t');
        if (!this.#selection.history) return `(${inSpace('t')} AND t.prevver IS NULL)`;
        // A historical version names no space: it belongs to that of its current one.
        const current = `EXISTS (SELECT FROM ${this.#schema}.pagetemplates o WHERE o.templateid = t.prevver AND ${inSpace('o')})`;
        return `(${inSpace('t')} OR ${current})`;
      }
      case 'content': {
        const ofContent = membership.columns
          .map((column) => `(t.${column} IS NULL OR ${this.isMember(`t.${column}`)})`)
          .join(' AND ');
        const noContent = membership.columns.map((column) => `t.${column} IS NULL`).join(' AND ');
        if (spaces === null) return `(${ofContent})`;
        const otherwise = [
          ...(membership.space ? [`t.${membership.space} = ANY(${idArray(spaces.ids)})`] : []),
          ...(membership.parent ? [this.#parent(membership.parent)] : []),
        ];
        return `CASE WHEN ${noContent} THEN ${otherwise.join(' OR ') || 'false'} ELSE ${ofContent} END`;
      }
      case 'parent':
        return this.#parent(membership);
      case 'spaceKey':
        return spaces === null ? 'true' : `t.${membership.column} = ANY(${textArray(spaces.keys)})`;
      case 'contentEntity': {
        const ofContent = `t.entity_name = 'confluence_ContentEntityObject'`;
        return spaces === null
          ? `(t.entity_name <> 'confluence_ContentEntityObject' OR ${this.isMember('t.entity_id')})`
          : `(${ofContent} AND ${this.isMember('t.entity_id')})`;
      }
      case 'referrers':
        return this.#referrers(table);
    }
  }

  #parent(parent: { column: string; table: string }): string {
    const model = tableModel(parent.table)!;
    const inner = this.condition(model) ?? 'true';
    return `EXISTS (SELECT FROM (SELECT * FROM ${this.#schema}.${parent.table} t WHERE ${inner}) p WHERE p.${model.key[0]} = t.${parent.column})`;
  }

  #referrers(table: TableModel): string {
    if (table.name === 'user_mapping') return `EXISTS (SELECT FROM ${usersTable} u WHERE u.user_key = t.user_key)`;
    const referring = tableModels.flatMap((other) => {
      if (!other.membership || !this.#tables.has(other.name)) return [];
      const columns = referenceColumns(other.name).filter((reference) => reference.table === table.name);
      return columns.map(
        ({ column }) =>
          `t.${table.key[0]} IN (SELECT t.${column} FROM ${this.#schema}.${other.name} t WHERE ${this.condition(other) ?? 'true'})`,
      );
    });
    return referring.length > 0 ? `(${referring.join(' OR ')})` : 'false';
  }

  async #fillContent(client: pg.ClientBase): Promise<void> {
    const { spaces, history, trash } = this.#selection;
    const content = `${this.#schema}.content`;
    const kept = [
      ...(history ? [] : [`NOT (t.prevver IS NOT NULL AND t.content_status IS DISTINCT FROM 'draft')`]),
      ...(trash ? [] : [`t.content_status IS DISTINCT FROM 'deleted'`]),
    ].map((condition) => ` AND ${condition}`);
    const owners = ['prevver', 'pageid', 'parentcommentid', 'parentccid'];
    const hangsOnNothing = owners.map((owner) => `t.${owner} IS NULL`).join(' AND ');
    const inSpaces = spaces === null ? 'true' : `t.spaceid = ANY(${idArray(spaces.ids)})`;
    const insert = `INSERT INTO ${membersTable} SELECT t.contentid FROM ${content} t`;
    const isNew = `NOT ${this.isMember('t.contentid')}`;
    await client.query(`${insert} WHERE ${hangsOnNothing} AND ${inSpaces}${kept.join('')}`);
    // What hangs on content follows it: left out with it, or taken with it although it names no space itself.
    const ownersTaken = owners.map((owner) => `(t.${owner} IS NULL OR ${this.isMember(`t.${owner}`)})`).join(' AND ');
    const takeWhatHangs = async () => {
      for (;;) {
        const added = await client.query(
          `${insert} WHERE NOT (${hangsOnNothing}) AND ${ownersTaken}${kept.join('')} AND ${isNew}`,
        );
        if (!added.rowCount) return;
      }
    };
    await takeWhatHangs();
    // What names a space of the selection and hangs on content that names none (a placeholder for a page that is missing) belongs to it too.
    const ownerHasSpace = `EXISTS (SELECT FROM ${content} o WHERE o.contentid IN (${owners.map((owner) => `t.${owner}`).join(', ')}) AND o.spaceid IS NOT NULL)`;
    const strays = await client.query(
      `${insert} WHERE NOT (${hangsOnNothing}) AND t.spaceid IS NOT NULL AND ${inSpaces}${kept.join('')} AND NOT ${ownerHasSpace} AND ${isNew}`,
    );
    if (strays.rowCount) await takeWhatHangs();
  }

  async #fillUsers(client: pg.ClientBase): Promise<void> {
    for (const table of tableModels) {
      const columns = userColumns(table.name);
      if (columns.length === 0 || !table.membership || table.membership.by === 'referrers' || !this.#tables.has(table.name))
        continue;
      const condition = this.condition(table) ?? 'true';
      for (const column of columns) {
        await client.query(
          `INSERT INTO ${usersTable} SELECT DISTINCT t.${column} FROM ${this.#schema}.${table.name} t
           WHERE t.${column} IS NOT NULL AND ${condition} ON CONFLICT DO NOTHING`,
        );
      }
    }
    await client.query(
      `INSERT INTO ${usersTable} SELECT DISTINCT found.key[1] FROM ${this.#schema}.bodycontent t,
         regexp_matches(t.body, 'ri:userkey="([^"]+)"', 'g') AS found(key)
       WHERE t.body LIKE '%ri:userkey=%' AND ${this.isMember('t.contentid')} ON CONFLICT DO NOTHING`,
    );
  }
}

function idArray(ids: string[]): string {
  return `ARRAY[${ids.map((id) => BigInt(id).toString()).join(',')}]::bigint[]`;
}

function textArray(texts: string[]): string {
  return `ARRAY[${texts.map((text) => pg.escapeLiteral(text)).join(',')}]::text[]`;
}

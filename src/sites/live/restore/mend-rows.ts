import pg from 'pg';
import { classesOfTable, referenceColumns, userColumns } from '#model/model.ts';
import { tableModel, tableModels } from '#model/table-model.ts';
import { markNothing, markPlaceholders } from '../placeholders.ts';
import { quoteIdent } from '../schema/catalog.ts';
import { type NamedRow, rowName } from './restore-ledger.ts';
import type { Stage } from './stage.ts';

/** Tables of the model that have staged rows, referenced before referring. */
export function stagedTables(stage: Stage): string[] {
  return tableModels.map((table) => table.name).filter((name) => stage.has(name));
}

/**
 * Makes staged rows fit Confluence's constraints without losing any that can be kept: users named twice become one, rows that a unique
 * constraint forbids are joined with their twin, a record that is missing gets a placeholder. What cannot be kept is skipped by name.
 * @param alsoIn SQL condition under which a missing id (`$id`) of a table is found elsewhere (the site itself), or null
 */
export async function mendRows(stage: Stage, alsoIn: (table: string) => string | null): Promise<void> {
  await joinUsersOfOneName(stage);
  await fillSpaceOfAttachments(stage);
  for (let round = 0; round < 10; round++) {
    const before = await mendOnce(stage, alsoIn);
    if (before === 0) return;
  }
}

/** One round over all tables; how many rows were skipped or joined, which may have left others without what they refer to. */
async function mendOnce(stage: Stage, alsoIn: (table: string) => string | null): Promise<number> {
  let changed = 0;
  for (const table of stagedTables(stage)) {
    changed += await mendMissingReferences(stage, table, alsoIn);
    changed += await skipNulls(stage, table);
    changed += await joinTwins(stage, table);
  }
  return changed;
}

/** Replaces user keys by a mapping table (columns old, new), in every staged column that holds one. */
export async function replaceUsers(stage: Stage, mapping: string): Promise<void> {
  for (const table of stagedTables(stage)) {
    for (const column of userColumns(table)) {
      await stage.client.query(
        `UPDATE ${stage.table(table)} t SET ${column} = m.new FROM ${mapping} m WHERE t.${column} = m.old`,
      );
    }
  }
}

/**
 * A backup may name a user by key in one place and by name in another, or hold two keys of one name. The key made from the name gives way
 * to the real one.
 */
async function joinUsersOfOneName(stage: Stage): Promise<void> {
  if (!stage.has('user_mapping')) return;
  const mapping = `${quoteIdent(stage.schema)}.same_user`;
  const users = stage.table('user_mapping');
  const isMade = (alias: string) => `${alias}.user_key = md5('oxbow:user:' || ${alias}.lower_username)`;
  await stage.client.query(
    `CREATE TABLE ${mapping} AS SELECT made.user_key AS old, min(real.user_key COLLATE "C") AS new FROM ${users} made
     JOIN ${users} real ON real.lower_username = made.lower_username AND NOT ${isMade('real')}
     WHERE ${isMade('made')} GROUP BY made.user_key`,
  );
  await replaceUsers(stage, mapping);
  await stage.client.query(`DELETE FROM ${users} t USING ${mapping} m WHERE t.user_key = m.old; DROP TABLE ${mapping}`);
}

/** Attachments of backups up to 5.3 name no space: it is that of the page they hang on. */
async function fillSpaceOfAttachments(stage: Stage): Promise<void> {
  if (!stage.has('content')) return;
  await stage.client.query(
    `UPDATE ${stage.table('content')} t SET spaceid = p.spaceid FROM ${stage.table('content')} p
     WHERE t.contenttype = 'ATTACHMENT' AND t.spaceid IS NULL AND p.contentid = t.pageid AND p.spaceid IS NOT NULL`,
  );
}

async function mendMissingReferences(stage: Stage, table: string, alsoIn: (table: string) => string | null): Promise<number> {
  const target = stage.target(table);
  if (!target) return 0;
  let changed = 0;
  for (const key of target.foreignKeys) {
    if (key.columns.length !== 1 || !stage.target(key.referencedTable)) continue;
    const column = quoteIdent(key.columns[0]);
    const parent = key.referencedTable;
    const elsewhere = alsoIn(parent);
    const missing = `t.${column} IS NOT NULL AND NOT EXISTS (SELECT FROM ${stage.table(parent)} p WHERE p.${quoteIdent(key.referencedColumns[0])} = t.${column})${
      elsewhere ? ` AND NOT (${elsewhere.replaceAll('$id', `t.${column}`)})` : ''
    }`;
    if ((await stage.count(table, missing)) === 0) continue;
    if (tableModel(parent)?.placeholder) {
      await addPlaceholders(
        stage,
        parent,
        `SELECT DISTINCT t.${column}::text AS id FROM ${stage.table(table)} t WHERE ${missing}`,
      );
    } else if (!target.columns.find((c) => c.name === key.columns[0])?.notNull && !isOnlyLink(table, key.columns[0])) {
      const result = await stage.client.query(`UPDATE ${stage.table(table)} t SET ${column} = NULL WHERE ${missing}`);
      stage.ledger.note(
        'REFERENCE_DROPPED',
        `${result.rowCount} references to records that are not in the backup were set to nothing`,
        `${table}.${key.columns[0]}`,
      );
      changed += result.rowCount ?? 0;
    } else {
      changed += await stage.skip(table, missing, `the ${parentLabel(parent)} that it belongs to is not in the backup`);
    }
  }
  return changed;
}

/** A membership without its member would be nothing. */
function isOnlyLink(table: string, column: string): boolean {
  return table === 'cwd_membership' && column.startsWith('child_');
}

function parentLabel(table: string): string {
  return classesOfTable(table)[0]?.label ?? table;
}

/** Adds a placeholder for each id that the query gives. */
export async function addPlaceholders(
  stage: Stage,
  table: string,
  ids: string,
  overrides: Record<string, string> = {},
): Promise<void> {
  const template = { ...tableModel(table)!.placeholder!, ...overrides };
  const list = `${quoteIdent(stage.schema)}.missing_ids`;
  await stage.client.query(`CREATE TABLE ${list} AS SELECT DISTINCT x.id FROM (${ids}) x WHERE x.id IS NOT NULL`);
  const target = stage.target(table)!;
  const columns = Object.keys(template).filter((name) => target.columns.some((column) => column.name === name));
  const values = columns.map((name) => {
    const type = target.columns.find((column) => column.name === name)!.type;
    const expression = template[name].startsWith('sql:')
      ? template[name].slice(4)
      : template[name]
          .split('$id')
          .map((part) => pg.escapeLiteral(part))
          .join(' || i.id || ');
    return `(${expression})::${type}`;
  });
  await stage.client.query(
    `INSERT INTO ${stage.table(table)} (${columns.map(quoteIdent).join(', ')}) SELECT ${values.join(', ')} FROM ${list} i`,
  );
  await stage.client.query(markPlaceholders(stage.schema, table, `SELECT id FROM ${list}`));
  stage.markFilled(table);
  stage.markFilled('os_propertyentry');
  const rows = await stage.query<{ id: string; n: string }>(
    `SELECT id, count(*) OVER () AS n FROM ${list} ORDER BY id LIMIT 1000`,
  );
  stage.ledger.placeholder(
    table,
    rows.map((row) => row.id),
    rows.length > 0 ? Number(rows[0].n) : 0,
  );
  await stage.client.query(`DROP TABLE ${list}`);
}

async function skipNulls(stage: Stage, table: string): Promise<number> {
  const target = stage.target(table);
  if (!target) return 0;
  let changed = 0;
  for (const column of target.columns) {
    if (!column.notNull || column.generated) continue;
    const isNull = `t.${quoteIdent(column.name)} IS NULL`;
    if (column.default !== null) {
      await stage.client.query(`UPDATE ${stage.table(table)} t SET ${quoteIdent(column.name)} = DEFAULT WHERE ${isNull}`);
    }
    const sources = tableModel(table)?.fill?.[column.name];
    if (sources)
      await stage.client.query(
        `UPDATE ${stage.table(table)} t SET ${column.name} = coalesce(${sources.join(', ')}) WHERE ${isNull}`,
      );
    if (referenceColumns(table).some((reference) => reference.column === column.name && reference.table === 'content')) {
      await referToNothing(stage, table, column.name);
      continue;
    }
    changed += await stage.skip(table, isNull, `it has no value for ${column.name}, which every row needs`);
  }
  return changed;
}

/** Hangs rows that must refer to content, and do not, on a placeholder that stands for none. */
async function referToNothing(stage: Stage, table: string, column: string): Promise<void> {
  const isNull = `t.${quoteIdent(column)} IS NULL`;
  const rows = await stage.query<NamedRow & { n: string }>(
    `SELECT ${stage.nameColumns(table)}, count(*) OVER () AS n FROM ${stage.table(table)} t WHERE ${isNull} LIMIT 1000`,
  );
  if (rows.length === 0) return;
  const [nothing] = await stage.query<{ id: string }>(
    `SELECT split_part(entity_key, ':', 2) AS id FROM ${stage.table('os_propertyentry')} WHERE string_val = 'nothing' AND entity_key LIKE 'content:%'`,
  );
  const id = nothing?.id ?? (await addNothing(stage));
  await stage.client.query(`UPDATE ${stage.table(table)} t SET ${quoteIdent(column)} = $1::bigint WHERE ${isNull}`, [id]);
  for (const row of rows) {
    stage.ledger.note(
      'NO_CONTENT',
      'the backup does not say which content it belongs to; it is kept, and hangs on a placeholder',
      rowName(table, row),
    );
  }
}

async function addNothing(stage: Stage): Promise<string> {
  const ids = stagedTables(stage)
    .filter((name) => tableModel(name)!.hiLo)
    .map((name) => `SELECT max(${tableModel(name)!.key[0]}) AS id FROM ${stage.table(name)}`);
  const [{ id }] = await stage.query<{ id: string }>(
    `SELECT (coalesce(max(id), 0) + 1)::text AS id FROM (${ids.join(' UNION ALL ')}) x`,
  );
  await addPlaceholders(stage, 'content', `SELECT '${id}' AS id`);
  await stage.client.query(markNothing(stage.schema, id));
  return id;
}

/** Rows that agree in all columns of a unique constraint: the first by key stays, what refers to the others refers to it from now on. */
async function joinTwins(stage: Stage, table: string): Promise<number> {
  const target = stage.target(table);
  const model = tableModel(table);
  if (!target || !model) return 0;
  let changed = 0;
  for (const unique of target.uniques) {
    if (!unique.plain) continue;
    const columns = unique.columns.map((column) => `t.${quoteIdent(column)}`);
    const order = model.key.map((column) => `t.${quoteIdent(column)}`).join(', ');
    const twins = `${quoteIdent(stage.schema)}.twins`;
    await stage.client.query(
      `CREATE TABLE ${twins} AS SELECT * FROM (
         SELECT t.${model.key[0]} AS id, first_value(t.${model.key[0]}) OVER w AS kept, row_number() OVER w AS n, t.ctid AS place
         FROM ${stage.table(table)} t WHERE ${columns.map((c) => `${c} IS NOT NULL`).join(' AND ')}
         WINDOW w AS (PARTITION BY ${columns.join(', ')} ORDER BY ${order})) x WHERE n > 1`,
    );
    const [{ n }] = await stage.query<{ n: string }>(`SELECT count(*) AS n FROM ${twins}`);
    if (Number(n) > 0) {
      const isTwin = `t.ctid IN (SELECT place FROM ${twins})`;
      if (model.nullOnDuplicate) {
        await stage.client.query(`UPDATE ${stage.table(table)} t SET ${model.nullOnDuplicate} = NULL WHERE ${isTwin}`);
        stage.ledger.note(
          'DUPLICATE_VALUE',
          `${n} rows share a value that must be unique: all but the first lost it`,
          `${table}.${model.nullOnDuplicate}`,
        );
      } else {
        if (model.key.length === 1) await repoint(stage, table, twins);
        await stage.skip(
          table,
          isTwin,
          `a row with the same ${unique.columns.join(', ')} stands before it; what referred to it refers to that one now`,
        );
      }
      changed += Number(n);
    }
    await stage.client.query(`DROP TABLE ${twins}`);
  }
  return changed;
}

async function repoint(stage: Stage, table: string, twins: string): Promise<void> {
  for (const referring of stage.catalog.tables) {
    for (const key of referring.foreignKeys) {
      if (key.referencedTable !== table || key.columns.length !== 1 || !stage.has(referring.name)) continue;
      const column = quoteIdent(key.columns[0]);
      await stage.client.query(
        `UPDATE ${stage.table(referring.name)} t SET ${column} = w.kept FROM ${twins} w WHERE t.${column} = w.id`,
      );
    }
  }
}

/**
 * The queries behind readCatalog. Each takes the name of the schema as $1 and is run with that schema first in search_path, so that
 * the printing functions (format_type, pg_get_expr, pg_get_indexdef(..., true), ...) leave the schema out of names.
 */

const inSchema = `n.nspname = $1`;

/** Not a member of an extension. */
const own = (catalog: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;

const owner = (oid: string) => `pg_get_userbyid(${oid})`;

/** Rights of others than the owner; those of the owner come with owning. */
const grants = `(SELECT coalesce(jsonb_agg(jsonb_build_object(
    'grantee', CASE WHEN a.grantee = 0 THEN NULL ELSE ${owner('a.grantee')} END,
    'privilege', a.privilege_type, 'grantable', a.is_grantable)
    ORDER BY ${owner('a.grantee')} COLLATE "C", a.privilege_type COLLATE "C"), '[]')
  FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner)`;

const relations = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace`;
const tablesOnly = `c.relkind = 'r' AND NOT c.relispartition AND ${own('pg_class', 'c.oid')} AND ${inSchema}`;

/** Names of the attributes `numbers` of relation `oid`, in the order of the numbers; 0 (an expression) gives ''. */
const columnNames = (oid: string, numbers: string) => `ARRAY(
    SELECT coalesce(a.attname::text, '') FROM unnest(${numbers}) WITH ORDINALITY part(number, position)
    LEFT JOIN pg_attribute a ON a.attrelid = ${oid} AND a.attnum = part.number AND part.number <> 0 ORDER BY part.position)`;

export const server = `SELECT current_setting('server_version_num')::int AS version,
  EXISTS (SELECT FROM pg_namespace n WHERE ${inSchema}) AS found`;

export const tables = `SELECT c.relname::text AS name, ${owner('c.relowner')}::text AS owner, ${grants} AS grants,
    obj_description(c.oid, 'pg_class') AS comment, coalesce(c.reloptions, '{}') AS options
  FROM ${relations} WHERE ${tablesOnly} ORDER BY c.relname COLLATE "C"`;

export const columns = `SELECT c.relname::text AS table_name, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
    a.attnotnull AS "notNull", CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
    CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod >= 4 THEN a.atttypmod - 4 END AS "maxLength",
    CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
    CASE WHEN a.attgenerated <> ''
      THEN jsonb_build_object('expression', pg_get_expr(d.adbin, d.adrelid), 'stored', a.attgenerated = 's') END AS generated,
    CASE WHEN a.attcollation <> t.typcollation THEN (SELECT format('%I.%I', ln.nspname, l.collname)
      FROM pg_collation l JOIN pg_namespace ln ON ln.oid = l.collnamespace WHERE l.oid = a.attcollation) END AS collation,
    col_description(c.oid, a.attnum) AS comment
  FROM ${relations} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE ${tablesOnly} ORDER BY c.relname COLLATE "C", a.attnum`;

export const constraints = `SELECT c.relname::text AS table_name, k.conname::text AS name, k.contype AS kind,
    ${columnNames('c.oid', 'k.conkey')} AS columns, pg_get_constraintdef(k.oid, true) AS definition,
    f.relname::text AS referenced_table,
    CASE WHEN k.contype = 'f' THEN ${columnNames('k.confrelid', 'k.confkey')} END AS referenced_columns
  FROM ${relations} JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
  LEFT JOIN pg_class f ON f.oid = k.confrelid AND k.contype = 'f'
  WHERE ${tablesOnly} ORDER BY c.relname COLLATE "C", k.conname COLLATE "C"`;

export const indexes = `SELECT c.relname::text AS table_name, i.relname::text AS name, x.indisunique AS is_unique,
    x.indpred IS NULL AND x.indexprs IS NULL AS plain,
    ${columnNames('c.oid', '(x.indkey::int2[])[0:x.indnkeyatts - 1]')} AS columns, pg_get_indexdef(x.indexrelid, 0, true) AS definition
  FROM ${relations} JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
  WHERE ${tablesOnly} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
  ORDER BY c.relname COLLATE "C", i.relname COLLATE "C"`;

export const triggers = `SELECT c.relname::text AS table_name, g.tgname::text AS name, pg_get_triggerdef(g.oid, true) AS definition,
    p.proname::text AS function, g.tgenabled AS enabled
  FROM ${relations} JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal JOIN pg_proc p ON p.oid = g.tgfoid
  WHERE ${tablesOnly} ORDER BY c.relname COLLATE "C", g.tgname COLLATE "C"`;

export const sequences = `SELECT c.relname::text AS name, ${owner('c.relowner')}::text AS owner, ${grants} AS grants,
    format_type(s.seqtypid, NULL) AS type, s.seqstart::text AS start, s.seqincrement::text AS increment, s.seqmin::text AS min,
    s.seqmax::text AS max, s.seqcache::text AS cache, s.seqcycle AS cycle, o.relname::text AS owned_table,
    oa.attname::text AS owned_column, coalesce(d.deptype = 'i', false) AS identity
  FROM ${relations} JOIN pg_sequence s ON s.seqrelid = c.oid
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
    AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_class o ON o.oid = d.refobjid
  LEFT JOIN pg_attribute oa ON oa.attrelid = d.refobjid AND oa.attnum = d.refobjsubid
  WHERE ${own('pg_class', 'c.oid')} AND ${inSchema} ORDER BY c.relname COLLATE "C"`;

/** Functions of triggers that are in the schema themselves and whose text is in the catalog. */
export const functions = `SELECT p.proname::text AS name, ${owner('p.proowner')}::text AS owner, l.lanname::text AS language,
    p.prosrc AS source,
    array_remove(ARRAY[CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' END,
      CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' END] || ARRAY(
        SELECT format('SET %I TO %s', split_part(setting, '=', 1),
          CASE WHEN split_part(setting, '=', 1) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries')
            THEN substr(setting, strpos(setting, '=') + 1) ELSE quote_literal(substr(setting, strpos(setting, '=') + 1)) END)
        FROM unnest(p.proconfig) setting), NULL) AS attributes
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
  WHERE ${inSchema} AND p.pronargs = 0 AND l.lanname NOT IN ('c', 'internal') AND ${own('pg_proc', 'p.oid')}
    AND EXISTS (SELECT FROM pg_trigger g WHERE g.tgfoid = p.oid AND NOT g.tgisinternal)
  ORDER BY p.proname COLLATE "C"`;

export const views = `SELECT c.relname::text AS name, ${owner('c.relowner')}::text AS owner, ${grants} AS grants,
    c.relkind = 'm' AS materialized, rtrim(pg_get_viewdef(c.oid, true), ';') AS definition
  FROM ${relations} WHERE c.relkind IN ('v', 'm') AND ${own('pg_class', 'c.oid')} AND ${inSchema} ORDER BY c.oid`;

export const others = `SELECT CASE c.relkind WHEN 'p' THEN 'partitioned table ' WHEN 'f' THEN 'foreign table ' ELSE 'partition ' END
    || c.relname AS name
  FROM ${relations} WHERE (c.relkind IN ('p', 'f') OR c.relkind = 'r' AND c.relispartition) AND ${own('pg_class', 'c.oid')} AND ${inSchema}
  ORDER BY c.relname COLLATE "C"`;

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchLines, decodeRow } from '#model/copy-text.ts';
import { xmlOnlyColumns } from '#model/model.ts';
import { tableModel } from '#model/table-model.ts';
import { GeneratedSite } from '#sites/generated/generated-site.ts';
import { ThrowawayPostgres } from '#sites/live/sandbox/throwaway-postgres.ts';
import { createConfluenceSchema } from '#sites/live/schema/confluence-schema.ts';

/** The generated site against a real PostgreSQL with Confluence's schema: what no formula can vouch for. */
describe('a generated site in PostgreSQL', () => {
  const site = new GeneratedSite({ pages: 1500, seed: 3, history: 2, comments: 1.5, users: 90 });
  let postgres: ThrowawayPostgres;
  let client: Client;
  let tables: { name: string; columns: string[] }[];

  /** Lines as PostgreSQL holds them, without the columns that only an XML backup has. */
  async function lines(table: string): Promise<string[]> {
    const description = (await site.describe()).tables.find((t) => t.name === table)!;
    const left = description.columns.map((column) => !xmlOnlyColumns(table).includes(column.name));
    const all: string[] = [];
    for await (const batch of site.rows(table))
      for (const line of batchLines(batch.data))
        all.push(
          line
            .split('\t')
            .filter((_, i) => left[i])
            .join('\t'),
        );
    return all;
  }

  beforeAll(async () => {
    postgres = await ThrowawayPostgres.open();
    client = await postgres.connect();
    await createConfluenceSchema(client, { version: '8.5.6', buildNumber: 9012, now: new Date(0) });
    tables = (await site.describe()).tables.map(({ name, columns }) => ({
      name,
      columns: columns.map((column) => column.name).filter((column) => !xmlOnlyColumns(name).includes(column)),
    }));
    await client.query('SET session_replication_role = replica');
    for (const { name, columns } of tables) {
      const rows = await lines(name);
      const copy = client.query(copyFrom(`COPY ${name} (${columns.join(', ')}) FROM STDIN`));
      await pipeline(Readable.from(rows.map((row) => `${row}\n`)), copy);
    }
  });
  afterAll(async () => await postgres.close());

  it('is loaded row for row, within the limits and unique keys of every column', async () => {
    for (const { name } of tables) {
      const { rows } = await client.query(`SELECT count(*)::int AS n FROM ${name}`);
      expect([name, rows[0].n]).toEqual([name, site.count(name)]);
    }
  });

  it('comes back byte for byte, in the order of the primary key', async () => {
    for (const { name, columns } of tables) {
      const order = tableModel(name)!.key.map((key) => (/_name$|_key$|_type$/.test(key) ? `${key} COLLATE "C"` : key));
      const copy = client.query(
        copyTo(`COPY (SELECT ${columns.join(', ')} FROM ${name} ORDER BY ${order.join(', ')}) TO STDOUT`),
      );
      const chunks: Buffer[] = [];
      for await (const chunk of copy as AsyncIterable<Buffer>) chunks.push(chunk);
      const stored = batchLines(Buffer.concat(chunks));
      const made = await lines(name);
      const different = made.findIndex((line, i) => line !== stored[i]);
      expect([name, made[different]]).toEqual([name, stored[different]]);
      expect(stored.length).toBe(made.length);
    }
  });

  it('keeps every foreign key of the schema', async () => {
    const { rows: keys } = await client.query(
      `SELECT c.conrelid::regclass::text AS child, a.attname AS child_column, c.confrelid::regclass::text AS parent, p.attname AS parent_column
       FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
       JOIN pg_attribute p ON p.attrelid = c.confrelid AND p.attnum = c.confkey[1] WHERE c.contype = 'f'`,
    );
    expect(keys.length).toBeGreaterThan(80);
    for (const key of keys) {
      const { rows } = await client.query(
        `SELECT count(*)::int AS n FROM ${key.child} t WHERE t.${key.child_column} IS NOT NULL
         AND NOT EXISTS (SELECT FROM ${key.parent} p WHERE p.${key.parent_column} = t.${key.child_column})`,
      );
      expect([key.child, key.child_column, rows[0].n]).toEqual([key.child, key.child_column, 0]);
    }
  });

  it('gives no id of the hi/lo generator twice', async () => {
    const ids = tables
      .filter(({ name }) => tableModel(name)!.hiLo)
      .map(({ name }) => `SELECT ${tableModel(name)!.key[0]} AS id FROM ${name}`);
    const { rows } = await client.query(
      `SELECT count(*)::int AS n, count(DISTINCT id)::int AS distinct, min(id % 32768)::int AS lo FROM (${ids.join(' UNION ALL ')}) x`,
    );
    expect(rows[0].distinct).toBe(rows[0].n);
    expect(rows[0].lo).toBe(1);
  });

  it('holds historical versions, drafts, trash and threads as Confluence does', async () => {
    const one = async (sql: string) => (await client.query(`SELECT (${sql})::int AS n`)).rows[0].n;
    const wrong = (where: string) =>
      one(`SELECT count(*) FROM content t LEFT JOIN content c ON c.contentid = t.prevver WHERE ${where}`);
    const history = `t.prevver IS NOT NULL AND t.content_status = 'current'`;
    expect(await wrong(history)).toBeGreaterThan(3000);
    expect(
      await wrong(`${history} AND (t.version >= c.version OR c.prevver IS NOT NULL OR c.contenttype <> t.contenttype)`),
    ).toBe(0);
    expect(
      await wrong(`${history} AND t.contenttype IN ('PAGE', 'BLOGPOST') AND (t.spaceid IS NOT NULL OR t.parentid IS NOT NULL)`),
    ).toBe(0);
    expect(
      await wrong(
        `${history} AND t.contenttype = 'ATTACHMENT' AND (t.pageid <> c.pageid OR t.spaceid IS DISTINCT FROM c.spaceid)`,
      ),
    ).toBe(0);
    expect(await wrong(`t.content_status = 'draft' AND t.prevver IS NOT NULL AND t.spaceid IS NULL`)).toBe(0);
    for (const status of ['draft', 'deleted']) expect(await wrong(`t.content_status = '${status}'`)).toBeGreaterThan(20);
    expect(await wrong(`t.contenttype = 'ATTACHMENT' AND t.content_status = 'deleted'`)).toBeGreaterThan(20);
    const threads = await one(
      `SELECT count(*) FROM content t JOIN content p ON p.contentid = t.parentcommentid WHERE p.contenttype <> 'COMMENT' OR p.pageid <> t.pageid`,
    );
    expect(threads).toBe(0);
    expect(await one('SELECT count(*) FROM content WHERE parentcommentid IS NOT NULL')).toBeGreaterThan(100);
    const numbers = await one(
      `SELECT count(*) FROM (SELECT coalesce(prevver, contentid), version FROM content WHERE contenttype = 'PAGE' AND content_status = 'current' GROUP BY 1, 2 HAVING count(*) > 1) x`,
    );
    expect(numbers).toBe(0);
  });

  it('has page trees that end at the home page, at most eight deep', async () => {
    const { rows } = await client.query(
      `WITH RECURSIVE tree AS (SELECT homepage AS id, 0 AS depth FROM spaces UNION ALL SELECT c.contentid, depth + 1 FROM content c JOIN tree ON c.parentid = tree.id
         WHERE c.contenttype = 'PAGE' AND c.content_status = 'current')
       SELECT count(*)::int AS n, max(depth) AS deepest FROM tree`,
    );
    expect(rows[0].n).toBe(1500);
    expect(rows[0].deepest).toBeGreaterThan(4);
    expect(rows[0].deepest).toBeLessThanOrEqual(8);
  });

  it('marks every inline comment in the body of its page', async () => {
    const { rows } = await client.query(
      `SELECT count(*)::int AS n, count(*) FILTER (WHERE b.body LIKE '%ac:ref="' || p.stringval || '"%')::int AS marked
       FROM contentproperties p JOIN content c ON c.contentid = p.contentid JOIN bodycontent b ON b.contentid = c.pageid
       WHERE p.propertyname = 'inline-marker-ref'`,
    );
    expect(rows[0].n).toBeGreaterThan(200);
    expect(rows[0].marked).toBe(rows[0].n);
  });

  it('has storage-format bodies that are well-formed XML', async () => {
    const { rows } = await client.query(
      `SELECT contentid, body FROM bodycontent WHERE bodytypeid = 2 AND body LIKE '%<%' ORDER BY contentid`,
    );
    expect(rows.length).toBeGreaterThan(5000);
    for (const { contentid, body } of rows) {
      const parser = new SaxesParser();
      for (const name of ['nbsp', 'ndash', 'mdash', 'hellip', 'lsquo', 'rsquo', 'ldquo', 'rdquo', 'euro'])
        parser.ENTITIES[name] = '-';
      parser.on('error', (error) => {
        throw new Error(`body of ${contentid}: ${error.message}`);
      });
      parser.write(`<body>${body}</body>`).close();
    }
  });

  it('holds what careless programs break on', async () => {
    const some = async (sql: string) => {
      const { rows } = await client.query(`SELECT EXISTS (${sql}) AS found`);
      expect([sql, rows[0].found]).toEqual([sql, true]);
    };
    for (const part of [']]>', ']] or', '\\N', '\t', '\r\n', '\u2028', '𝒳', 'e\u0301', 'ال'])
      await some(`SELECT FROM bodycontent WHERE position('${part}' in body) > 0`);
    for (const title of [
      ' %',
      '% ',
      '%&%',
      '%<%',
      '%"%',
      `%''%`,
      '%\\\\%',
      '%/%',
      '..%',
      '%@%',
      '%\u2028%',
      '%\u0301%',
      '%🚀%',
      '',
    ])
      await some(`SELECT FROM content WHERE contenttype = 'PAGE' AND title LIKE '${title}'`);
    await some('SELECT FROM content WHERE length(title) = 255');
    await some(`SELECT FROM bodycontent WHERE body = ''`);
    await some('SELECT FROM bodycontent WHERE octet_length(body) > 100000');
  });

  it('offers files that are as large as their rows say', async () => {
    const { rows } = await client.query(
      `SELECT coalesce(c.prevver, c.contentid) || '/' || c.version AS file, c.pageid, p.longval AS size FROM content c
       JOIN contentproperties p ON p.contentid = c.contentid AND p.propertyname = 'FILESIZE' WHERE c.contenttype = 'ATTACHMENT'`,
    );
    const expected = new Map(rows.map((row) => [row.file, `${row.pageid} ${row.size}`]));
    for await (const file of site.attachments()) {
      const name = `${file.attachmentId}/${file.version}`;
      expect([name, `${file.containerId} ${file.size}`]).toEqual([name, expected.get(name)]);
      expected.delete(name);
    }
    expect(expected.size).toBe(0);
  });

  it('names in bodies and links only pages, spaces, users and files that exist', async () => {
    const { rows } = await client.query(
      `SELECT (SELECT count(*) FROM links l WHERE l.destspacekey <> 'https')::int AS links, (SELECT count(*) FROM links l JOIN spaces s ON s.spacekey = l.destspacekey
        JOIN content c ON c.spaceid = s.spaceid AND c.title = l.destpagetitle AND c.contenttype = 'PAGE' AND c.content_status = 'current')::int AS reached,
       (SELECT count(*) FROM bodycontent b, regexp_matches(b.body, 'ri:userkey="([0-9a-f]+)"', 'g') m LEFT JOIN user_mapping u ON u.user_key = m[1] WHERE u.user_key IS NULL)::int AS strangers`,
    );
    expect(rows[0].links).toBeGreaterThan(1000);
    expect(rows[0].reached).toBe(rows[0].links);
    expect(rows[0].strangers).toBe(0);
  });

  it('reads as COPY text in every room: as many fields as columns', async () => {
    for (const { name, columns } of (await site.describe()).tables)
      for await (const batch of site.rows(name))
        for (const line of batchLines(batch.data)) expect(decodeRow(line).length).toBe(columns.length);
  });
});

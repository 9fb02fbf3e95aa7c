import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { v4Path } from '../../src/model/attachment-paths.ts';

export interface Night {
  edits: number;
  comments: number;
  attachments: number;
  /** Of new attachments. */
  fileBytes: number;
}

const attachmentBytes = 25_000;

/**
 * What people do to a wiki in a day, as Confluence stores it: the old version of a page becomes a new row with a copy of its body and
 * properties, the row and body of the page itself are updated; some pages get a comment, some an attachment. The pages are chosen evenly over the
 * whole wiki, which is the hardest case: real edits gather on few pages.
 */
export async function liveThroughNight(databaseUrl: string, home: string, night: number, share: number): Promise<Night> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`
      CREATE TEMP TABLE edited ON COMMIT DROP AS
        SELECT contentid AS id, row_number() OVER (ORDER BY md5(contentid || '-${night}')) AS n,
          (SELECT max(contentid) FROM content) AS base, (SELECT max(bodycontentid) FROM bodycontent) AS bodies,
          (SELECT max(propertyid) FROM contentproperties) AS properties
        FROM content WHERE contenttype = 'PAGE' AND prevver IS NULL AND content_status = 'current'
        ORDER BY n LIMIT (SELECT ceil(count(*) * ${share}) FROM content
          WHERE contenttype = 'PAGE' AND prevver IS NULL AND content_status = 'current')`);
    for (const sql of editing) await client.query(sql);
    const { rows } = await client.query<{ edits: string; comments: string; next: string; page: string }>(
      `SELECT count(*)::text AS edits, count(*) FILTER (WHERE n % 3 = 0)::text AS comments,
         (SELECT max(contentid) + 1 FROM content)::text AS next, min(id)::text AS page FROM edited`,
    );
    const edits = Number(rows[0].edits);
    const attachments = Math.ceil(edits / 10);
    await client.query(
      `INSERT INTO content (contentid, hibernateversion, contenttype, title, lowertitle, version, creator, creationdate, lastmodifier,
         lastmoddate, content_status, pageid, spaceid)
       SELECT $1::bigint + e.n, 1, 'ATTACHMENT', 'night-${night}-' || e.n || '.bin', 'night-${night}-' || e.n || '.bin', 1, c.creator, now(), c.creator,
         now(), 'current', c.contentid, c.spaceid FROM edited e JOIN content c ON c.contentid = e.id WHERE e.n <= $2`,
      [rows[0].next, attachments],
    );
    for (let i = 1; i <= attachments; i++) {
      const path = join(home, 'attachments', v4Path(String(BigInt(rows[0].next) + BigInt(i)), '1'));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, randomBytes(attachmentBytes));
    }
    await client.query('COMMIT');
    return { edits, comments: Number(rows[0].comments), attachments, fileBytes: attachments * attachmentBytes };
  } finally {
    await client.end();
  }
}

/** A paragraph of words that no other edit has. */
const paragraph = `'<p>' || (SELECT string_agg(substr(md5(e.id || '-' || e.base || '-' || i), 1, 3 + i % 6), ' ') FROM generate_series(1, 60) i) || '</p>'`;

const editing = [
  `INSERT INTO content (contentid, hibernateversion, contenttype, title, lowertitle, version, creator, creationdate, lastmodifier, lastmoddate,
     versioncomment, prevver, content_status)
   SELECT e.base + e.n, 1, 'PAGE', c.title, c.lowertitle, c.version, c.creator, c.creationdate, c.lastmodifier, c.lastmoddate,
     c.versioncomment, c.contentid, 'current' FROM edited e JOIN content c ON c.contentid = e.id`,
  `INSERT INTO bodycontent (bodycontentid, body, contentid, bodytypeid)
   SELECT e.bodies + e.n, b.body, e.base + e.n, b.bodytypeid FROM edited e JOIN bodycontent b ON b.contentid = e.id`,
  `INSERT INTO contentproperties (propertyid, propertyname, stringval, longval, dateval, contentid)
   SELECT e.properties + row_number() OVER (), p.propertyname, p.stringval, p.longval, p.dateval, e.base + e.n
   FROM edited e JOIN contentproperties p ON p.contentid = e.id`,
  `UPDATE content c SET version = version + 1, hibernateversion = hibernateversion + 1, lastmoddate = now() FROM edited e WHERE c.contentid = e.id`,
  `UPDATE bodycontent b SET body = left(b.body, length(b.body) / 2) || ${paragraph} || substr(b.body, length(b.body) / 2 + 1)
   FROM edited e WHERE b.contentid = e.id`,
  `UPDATE contentproperties p SET stringval = p.stringval || '1' FROM edited e WHERE p.contentid = e.id AND p.propertyname LIKE 'macro-count%'`,
  `INSERT INTO content (contentid, hibernateversion, contenttype, version, creator, creationdate, lastmodifier, lastmoddate, content_status, pageid)
   SELECT (SELECT max(contentid) FROM content) + row_number() OVER (), 1, 'COMMENT', 1, c.creator, now(), c.creator, now(), 'current', c.contentid
   FROM edited e JOIN content c ON c.contentid = e.id WHERE e.n % 3 = 0`,
  `INSERT INTO bodycontent (bodycontentid, body, contentid, bodytypeid)
   SELECT (SELECT max(bodycontentid) FROM bodycontent) + row_number() OVER (), ${paragraph}, c.contentid, 2
   FROM edited e JOIN content c ON c.pageid = e.id AND c.contenttype = 'COMMENT' AND c.creationdate = now()::timestamp WHERE e.n % 3 = 0`,
];

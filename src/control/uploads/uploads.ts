import type { Queries } from '../control-database.ts';

export interface Upload {
  id: string;
  owner: string;
  realm: string;
  site: string;
  scope: 'SITE' | 'SPACE';
  fileName: string;
  bytes: number;
  path: string;
  published: string | null;
  created: Date;
  expires: Date;
}

const columns = `id, owner, realm, site, scope, file_name AS "fileName", bytes, path, published, created, expires`;

function uploadOf(row: Omit<Upload, 'bytes'> & { bytes: string }): Upload {
  return { ...row, bytes: Number(row.bytes) };
}

export async function addUpload(db: Queries, upload: Omit<Upload, 'published'>): Promise<void> {
  await db.query(
    'INSERT INTO uploads (id, owner, realm, site, scope, file_name, bytes, path, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
    [
      upload.id,
      upload.owner,
      upload.realm,
      upload.site,
      upload.scope,
      upload.fileName,
      upload.bytes,
      upload.path,
      upload.created,
      upload.expires,
    ],
  );
}

export async function findUpload(db: Queries, id: string): Promise<Upload | null> {
  const [row] = await db.query<Omit<Upload, 'bytes'> & { bytes: string }>(`SELECT ${columns} FROM uploads WHERE id = $1`, [id]);
  return row ? uploadOf(row) : null;
}

export async function markPublished(db: Queries, id: string, fileName: string): Promise<void> {
  await db.query('UPDATE uploads SET published = $2 WHERE id = $1', [id, fileName]);
}

export async function prolongUpload(db: Queries, id: string, expires: Date): Promise<void> {
  await db.query('UPDATE uploads SET expires = $2 WHERE id = $1 AND published IS NULL', [id, expires]);
}

export async function removeUpload(db: Queries, id: string): Promise<void> {
  await db.query('DELETE FROM uploads WHERE id = $1', [id]);
}

export async function expiredUploads(db: Queries, now: Date): Promise<Upload[]> {
  return (
    await db.query<Omit<Upload, 'bytes'> & { bytes: string }>(`SELECT ${columns} FROM uploads WHERE expires <= $1 LIMIT 100`, [
      now,
    ])
  ).map(uploadOf);
}

/** Of one person, that are not finished. */
export async function countUploads(db: Queries, owner: string, realm: string): Promise<number> {
  const [{ count }] = await db.query<{ count: string }>(
    'SELECT count(*) AS count FROM uploads WHERE owner = $1 AND realm = $2 AND published IS NULL',
    [owner, realm],
  );
  return Number(count);
}

import type { Stage } from './stage.ts';

const page = 200;

export interface SpaceRename {
  from: string;
  to: string;
}

const ids = /ri:content-id="(\d+)"|(?<=["'](?:\/[^"'\s]*)?\/pages\/\w+\.action\?pageId=)(\d+)/g;
const userKeys = /ri:userkey="([^"]+)"/g;

/**
 * Follows renumbered content, matched users and a new space key into the bodies of staged content and templates: `ri:content-id`,
 * `ri:userkey`, `ri:space-key`, relative links by page id, and the parameters of macros that name a space. Memory: 200 bodies.
 */
export async function rewriteBodies(stage: Stage, renames: SpaceRename[]): Promise<number> {
  let changed = 0;
  if (stage.has('bodycontent')) changed += await rewriteColumn(stage, 'bodycontent', 'bodycontentid', 'body', renames);
  if (stage.has('pagetemplates')) changed += await rewriteColumn(stage, 'pagetemplates', 'templateid', 'content', renames);
  return changed;
}

async function rewriteColumn(stage: Stage, table: string, key: string, column: string, renames: SpaceRename[]): Promise<number> {
  const [map] = await stage.query<{ ids: boolean; users: boolean }>(
    `SELECT EXISTS (SELECT FROM ${stage.table('id_map')} WHERE name = 'content') AS ids, EXISTS (SELECT FROM ${stage.table('user_changes')}) AS users`,
  );
  const likely = [
    ...(map.ids ? [`${column} LIKE '%ri:content-id=%'`, `${column} LIKE '%.action?pageId=%'`] : []),
    ...(map.users ? [`${column} LIKE '%ri:userkey=%'`] : []),
    ...renames.map((rename) => `position('${rename.from.replaceAll("'", "''")}' in ${column}) > 0`),
  ];
  if (likely.length === 0) return 0;
  let changed = 0;
  await stage.client.query(
    `DECLARE oxbow_bodies NO SCROLL CURSOR FOR SELECT ${key}::text AS id, ${column} AS body FROM ${stage.table(table)} WHERE ${likely.join(' OR ')}`,
  );
  for (;;) {
    const rows = await stage.query<{ id: string; body: string }>(`FETCH ${page} FROM oxbow_bodies`);
    if (rows.length === 0) break;
    const found = await lookUp(stage, rows);
    const rewritten = rows
      .map((row) => ({ id: row.id, before: row.body, body: rewriteBody(row.body, found.ids, found.users, renames) }))
      .filter((row) => row.body !== row.before);
    if (rewritten.length === 0) continue;
    await stage.client.query(
      `UPDATE ${stage.table(table)} t SET ${column} = n.body FROM unnest($1::bigint[], $2::text[]) AS n(id, body) WHERE t.${key} = n.id`,
      [rewritten.map((row) => row.id), rewritten.map((row) => row.body)],
    );
    changed += rewritten.length;
  }
  await stage.client.query('CLOSE oxbow_bodies');
  return changed;
}

async function lookUp(stage: Stage, rows: { body: string }[]): Promise<{ ids: Map<string, string>; users: Map<string, string> }> {
  const wantedIds = new Set<string>();
  const wantedUsers = new Set<string>();
  for (const { body } of rows) {
    for (const match of body.matchAll(ids)) if ((match[1] ?? match[2]).length < 19) wantedIds.add(match[1] ?? match[2]);
    for (const match of body.matchAll(userKeys)) wantedUsers.add(match[1]);
  }
  const newIds = await stage.query<{ old: string; new: string }>(
    `SELECT old::text, new::text FROM ${stage.table('id_map')} WHERE name = 'content' AND old = ANY($1::bigint[])`,
    [[...wantedIds]],
  );
  const newUsers = await stage.query<{ old: string; new: string }>(
    `SELECT old, new FROM ${stage.table('user_changes')} WHERE old = ANY($1::text[])`,
    [[...wantedUsers]],
  );
  return { ids: new Map(newIds.map((row) => [row.old, row.new])), users: new Map(newUsers.map((row) => [row.old, row.new])) };
}

/** One body with its references replaced. Exported for its tests. */
export function rewriteBody(
  body: string,
  newIds: Map<string, string>,
  newUsers: Map<string, string>,
  renames: SpaceRename[],
): string {
  let text = body;
  if (newIds.size > 0) {
    text = text.replace(ids, (all, inAttribute?: string, inLink?: string) => {
      if (inAttribute !== undefined) return `ri:content-id="${newIds.get(inAttribute) ?? inAttribute}"`;
      return newIds.get(inLink!) ?? all;
    });
  }
  if (newUsers.size > 0) text = text.replace(userKeys, (_all, key: string) => `ri:userkey="${newUsers.get(key) ?? key}"`);
  for (const { from, to } of renames) {
    const key = escapeRegExp(from);
    text = text
      .replace(new RegExp(`ri:space-key="${key}"`, 'gi'), () => `ri:space-key="${to}"`)
      .replace(
        /(<ac:parameter ac:name="(?:spaceKey|space|spaces|key)">)([^<]*)(?=<\/ac:parameter>)/g,
        (_all, start: string, value: string) => {
          const keys = value
            .split(',')
            .map((part) => (part.trim().toLowerCase() === from.toLowerCase() ? part.replace(part.trim(), () => to) : part));
          return start + keys.join(',');
        },
      )
      .replace(
        new RegExp(`((?:href|src|ri:value)="(?:/[^"]*)?/(?:display|spaces)/)${key}(?=[/"?#])`, 'g'),
        (_all, start: string) => start + to,
      );
  }
  return text;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

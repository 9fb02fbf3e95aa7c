import { OxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import type { SiteReader, SpaceSummary } from '#model/site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { readSpaceKeys } from '#sites/live/reader/read-target.ts';
import { LiveSpaceWriter, type SpacePlan } from '#sites/live/restore/live-space-writer.ts';
import type { GroupMappingLine } from '#sites/live/restore/match-groups.ts';
import type { UserMappingLine, UserMatchRow } from '#sites/live/restore/match-users.ts';
import { tablesInOrder } from '../copy-site.ts';
import { type RestoreOutcome, restoreId } from './restore-outcome.ts';

export interface SpaceRestoreOptions {
  /** Spaces to take out of the backup; empty or absent: all. */
  spaceKeys?: string[];
  /** The key to restore under, when one space is restored. */
  asKey?: string;
  /** Replace a space that the site has. */
  replace?: boolean;
  /** Leave a space that the site has as it is, instead of refusing the restore. */
  skipExisting?: boolean;
  users?: UserMappingLine[];
  groups?: GroupMappingLine[];
  dryRun?: boolean;
  /** Writes a backup of spaces that are about to be replaced; gives its path. */
  safetyBackup?: (spaceKeys: string[]) => Promise<string>;
}

/**
 * Restores spaces of a backup into a live site, or plans to.
 * @param named the spaces that the backup says it is of; empty: all that it has
 */
export async function restoreSpaces(
  reader: SiteReader,
  named: string[],
  site: LiveSite,
  options: SpaceRestoreOptions,
  context: RunContext,
): Promise<RestoreOutcome> {
  const description = await reader.describe();
  const spaces = planSpaces(description.spaces, named, await readSpaceKeys(site), site.name, options, context);
  const replaced = spaces.filter((space) => space.action === 'replace').map((space) => space.as ?? space.key);
  const safetyBackup = replaced.length > 0 && !options.dryRun ? ((await options.safetyBackup?.(replaced)) ?? null) : null;
  const mapping = { users: options.users ?? [], groups: options.groups ?? [] };
  const writer = new LiveSpaceWriter(site, restoreId(context.now()), { spaces, ...mapping }, context);
  try {
    await writer.begin(description);
    for (const table of tablesInOrder(description)) await writer.writeRows(table, reader.rows(table));
    for await (const file of reader.attachments()) await writer.nameAttachment(file);
    await writer.prepare();
    const users = summarizeUsers(await writer.users());
    const groups = await writer.groups();
    if (options.dryRun) {
      await writer.countStaged();
      for await (const file of reader.attachments()) await writer.planAttachment(file);
      await writer.abort();
    } else {
      for await (const file of reader.attachments()) await writer.writeAttachment(file);
      await writer.commit();
    }
    return {
      scope: 'space',
      ledger: writer.ledger,
      spaces,
      users,
      groups,
      groupsMissing: groups.filter(({ inSite }) => !inSite).map(({ name }) => name),
      attachments: writer.attachments,
      previous: null,
      safetyBackup,
    };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/**
 * Decides what happens to each space of the backup. Throws SPACE_NOT_IN_BACKUP, SPACE_EXISTS, SPACE_AS_NEEDS_ONE before anything is written.
 * @param named the spaces that the descriptor names: others in the file are strays (CONFSERVER-16575), and never replace anything
 * @param existing keys of the site
 */
export function planSpaces(
  found: SpaceSummary[],
  named: string[],
  existing: string[],
  siteName: string,
  options: SpaceRestoreOptions,
  context: Pick<RunContext, 'warn'>,
): SpacePlan[] {
  const has = (keys: string[], key: string) => keys.some((k) => k.toLowerCase() === key.toLowerCase());
  const wanted = options.spaceKeys ?? [];
  const missing = wanted.filter((key) => !found.some((space) => has([space.key], key)));
  if (missing.length > 0) {
    throw new OxbowError('SPACE_NOT_IN_BACKUP', `The backup has no space ${missing.join(', ')}.`, {
      hint:
        found.length > 0
          ? `It has: ${found
              .slice(0, 20)
              .map((space) => space.key)
              .join(', ')}.`
          : 'It has no spaces.',
    });
  }
  const selected = found.filter((space) => wanted.length === 0 || has(wanted, space.key));
  const own = selected.filter((space) => wanted.length > 0 || named.length === 0 || has(named, space.key));
  if (options.asKey && own.length !== 1) {
    throw new OxbowError('SPACE_AS_NEEDS_ONE', `--as gives one space a new key, but ${own.length} spaces are to be restored.`, {
      hint: 'Choose one of them with --space KEY.',
    });
  }
  const plans = found.map((space): SpacePlan => {
    const base = { key: space.key, name: space.name };
    if (!selected.includes(space)) return { ...base, action: 'skip', reason: 'not selected' };
    if (!own.includes(space)) {
      context.warn({
        code: 'FOREIGN_SPACE',
        message: 'the descriptor of the backup does not name this space',
        object: `Space ${space.id} '${space.key}'`,
      });
      if (has(existing, space.key))
        return { ...base, action: 'skip', reason: 'not named by the descriptor, and the site has a space of this key' };
      return { ...base, action: 'restore' };
    }
    const renamed = options.asKey && options.asKey !== space.key ? { as: options.asKey } : {};
    const key = options.asKey ?? space.key;
    if (options.skipExisting && !options.replace && has(existing, key))
      return { ...base, ...renamed, action: 'skip', reason: 'the site has a space of this key' };
    return { ...base, ...renamed, action: has(existing, key) ? 'replace' : 'restore' };
  });
  const taken = plans.filter((plan) => plan.action === 'replace').map((plan) => plan.as ?? plan.key);
  if (taken.length > 0 && !options.replace) {
    throw new OxbowError('SPACE_EXISTS', `'${siteName}' already has the space ${taken.join(', ')}.`, {
      hint: 'Add --replace to replace it (a safety backup is written first), --as NEWKEY to restore it beside the old one, or --skip-existing to leave it as it is.',
    });
  }
  return plans;
}

function summarizeUsers(rows: UserMatchRow[]): RestoreOutcome['users'] {
  const count = (by: UserMatchRow['by']) => rows.filter((row) => row.by === by).length;
  return {
    total: rows.length,
    byKey: count('key'),
    byName: count('name'),
    byEmail: count('email'),
    byMapping: count('mapping'),
    created: count('new'),
    matches: rows.map((row) => ({ key: row.key, name: row.name, email: row.email, siteKey: row.site_key, by: row.by })),
  };
}

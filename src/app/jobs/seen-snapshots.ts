import { OxbowError } from '#base/errors.ts';
import { type KnownSnapshot, listKnownSnapshots, type SnapshotFilter } from '#control/sites/known-snapshots.ts';
import type { Caller } from '../access/caller.ts';
import type { Application } from '../application.ts';
import { showKnown } from '../vaults/snapshot-service.ts';
import type { SnapshotFacts } from '../vaults/sync-snapshots.ts';
import type { JobRequest } from './job-request.ts';

export type SeenSnapshot = KnownSnapshot<SnapshotFacts>;

/** Snapshots whose content somebody may read: of the sites he administers. The newest first. */
export async function visibleSnapshots(app: Application, caller: Caller, filter: SnapshotFilter = {}): Promise<SeenSnapshot[]> {
  const all = await listKnownSnapshots<SnapshotFacts>(app.control, filter);
  if (caller.isServerAdministrator) return all;
  const sites = new Map<string, boolean>();
  for (const { site } of all) {
    if (!sites.has(site)) sites.set(site, (await caller.permissions(site)).systemAdministrator);
  }
  return all.filter(({ site }) => sites.get(site));
}

/**
 * Snapshots out of which somebody may restore something: those that he may read; and of a site where he administers spaces those that Oxbow
 * made of the site itself and that hold one of them. Of the latter he learns when they were made, and his own spaces.
 */
export async function restorableSnapshots(
  app: Application,
  caller: Caller,
  filter: SnapshotFilter = {},
): Promise<SeenSnapshot[]> {
  const all = await listKnownSnapshots<SnapshotFacts>(app.control, filter);
  if (caller.isServerAdministrator) return all;
  const seen: SeenSnapshot[] = [];
  for (const one of all) {
    const permissions = await caller.permissions(one.site);
    if (permissions.systemAdministrator) seen.push(one);
    // An import holds what the writer of a file wished, permissions of people included.
    else if (one.facts.summary.kind === 'live') {
      const own = permissions.spaceKeys.filter((key) => permissions.administers(key));
      const held = one.facts.summary.scope === 'site' ? own : own.filter((key) => keysOf(one).includes(key));
      if (held.length > 0) seen.push(narrowed(one, held));
    }
  }
  return seen;
}

/**
 * The request with the whole ids of the snapshots that it names, so that what was allowed is what is worked on. Somebody who does not administer the
 * server names only what he may see, and `latest` is the newest of that. Errors: SNAPSHOT_NOT_FOUND; SPACE_NOT_FOUND where spaces alone are restored.
 */
export async function withSeenSnapshots(
  app: Application,
  caller: Caller,
  request: JobRequest,
  /** Spaces alone are restored, by who administers them. */
  isOfSpaces: boolean,
): Promise<JobRequest> {
  // Who administers the server may name what only the vault knows yet; the work finds it, or says that it is not there.
  if (caller.isServerAdministrator || !('vault' in request) || !('snapshot' in request)) return request;
  if (request.snapshot === undefined) return request;
  const filter = isOfSpaces && 'site' in request ? { vault: request.vault, site: request.site! } : { vault: request.vault };
  const seen = await (isOfSpaces ? restorableSnapshots : visibleSnapshots)(app, caller, filter);
  const found = { ...request, snapshot: named(seen, request.vault, request.snapshot).id };
  if (isOfSpaces && 'spaceKeys' in found) await mustHold(app, found.vault, found.snapshot, found.spaceKeys ?? []);
  if (found.type !== 'compare' || !('snapshot' in found.with)) return found;
  return { ...found, with: { snapshot: named(seen, request.vault, found.with.snapshot).id } };
}

/** By id, the beginning of one, or `latest`. What is not among them is not there. Errors: SNAPSHOT_NOT_FOUND. */
export function named(seen: readonly SeenSnapshot[], vault: string, name: string): SeenSnapshot {
  const fitting = name === 'latest' ? seen.slice(0, 1) : seen.filter(({ id }) => id.startsWith(name.toLowerCase()));
  if (fitting.length === 1) return fitting[0];
  throw new OxbowError('SNAPSHOT_NOT_FOUND', `There is no snapshot ${name} in the vault ${vault}.`, {
    hint: 'GET /api/snapshots lists them.',
  });
}

/** The restore would name the spaces that the snapshot has instead, and those are not for everybody. Errors: SPACE_NOT_FOUND. */
async function mustHold(app: Application, vault: string, id: string, spaceKeys: string[]): Promise<void> {
  const held = new Set((await showKnown(app, vault, id)).spaces.map(({ key }) => key));
  const missing = spaceKeys.filter((key) => !held.has(key));
  if (missing.length === 0) return;
  throw new OxbowError('SPACE_NOT_FOUND', `The snapshot has no space ${missing.join(', ')}.`, {
    hint: 'Choose a snapshot that was made while the space was there.',
  });
}

function keysOf({ facts }: SeenSnapshot): string[] {
  return Array.isArray(facts.summary.spaceKeys) ? (facts.summary.spaceKeys as string[]) : [];
}

function narrowed(one: SeenSnapshot, spaceKeys: string[]): SeenSnapshot {
  const { facts } = one;
  const nothing = { rows: 0, rowBytes: 0, files: 0, fileBytes: 0, newBytes: 0, storedBytes: 0, seconds: 0 };
  const { kind, scope, productVersion } = facts.summary;
  const summary = { kind, scope, productVersion, site: one.site, spaceKeys } as SnapshotFacts['summary'];
  return { ...one, facts: { ...facts, summary, tags: [], drills: [], statistics: { ...facts.statistics, ...nothing } } };
}

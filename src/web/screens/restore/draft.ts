import type { JobRequestBody } from '#server/contract/job-contract.ts';

export type Step = 'what' | 'where' | 'plan' | 'confirm';
export const steps: readonly Step[] = ['what', 'where', 'plan', 'confirm'];

export interface MappingLine {
  from: string;
  to: string;
}

/** What was chosen so far. */
export interface Draft {
  scope: 'SITE' | 'SPACE';
  from: 'snapshot' | 'file';
  /** The site whose snapshots and files are offered. */
  source: string;
  vault: string | null;
  snapshot: string | null;
  fileName: string | null;
  spaceKeys: string[];
  /** Of a file: not all of its spaces. */
  onlySome: boolean;
  target: 'same' | 'other' | 'sandbox';
  /** Of another site or of the sandbox that is to be made. */
  targetName: string;
  existing: 'skip' | 'replace' | 'as';
  asKey: string;
  acceptVersion: boolean;
  withoutAppData: boolean;
  staging: boolean;
  stagingUrl: string;
  users: MappingLine[];
  groups: MappingLine[];
}

export function emptyDraft(source: string): Draft {
  return {
    scope: 'SITE',
    from: 'snapshot',
    source,
    vault: null,
    snapshot: null,
    fileName: null,
    spaceKeys: [],
    onlySome: false,
    target: 'same',
    targetName: '',
    existing: 'skip',
    asKey: '',
    acceptVersion: false,
    withoutAppData: false,
    staging: false,
    stagingUrl: '',
    users: [],
    groups: [],
  };
}

/** Where it goes: a file lies in the folder of a site and goes into that. */
export function siteOf(draft: Draft): string {
  return draft.from === 'file' || draft.target === 'same' ? draft.source : draft.targetName;
}

/** What a step still lacks: a name of `texts.restore.lacks`; null when one can go on. */
export function lackOf(draft: Draft, step: Step): string | null {
  if (step === 'what') {
    if (!draft.source) return 'site';
    if (draft.from === 'file' && draft.fileName === null) return 'file';
    if (draft.from === 'snapshot' && draft.snapshot === null) return 'snapshot';
    return namesSpaces(draft) && draft.spaceKeys.length === 0 ? 'spaces' : null;
  }
  if (step !== 'where') return null;
  if (draft.from === 'snapshot') {
    if (draft.target === 'other' && !draft.targetName) return 'target';
    if (draft.target === 'sandbox' && !/^[a-z0-9][a-z0-9-]{0,39}$/.test(draft.targetName)) return 'sandbox';
  }
  if (draft.scope === 'SPACE' && draft.existing === 'as') {
    if (namesSpaces(draft) && draft.spaceKeys.length > 1) return 'asOne';
    if (!/^[A-Za-z0-9]{1,255}$/.test(draft.asKey)) return 'asKey';
  }
  if (takesStaging(draft) && draft.staging && !/^https?:\/\/[^\s/]+/.test(draft.stagingUrl)) return 'staging';
  return null;
}

/** Whether single spaces are chosen; a file is restored whole otherwise. */
export function namesSpaces({ scope, from, onlySome }: Draft): boolean {
  return scope === 'SPACE' && (from === 'snapshot' || onlySome);
}

/** A copy for tests is made of a whole site, from a snapshot, and not over the site that it was made of. */
export function takesStaging({ scope, from, target }: Draft): boolean {
  return scope === 'SITE' && from === 'snapshot' && target !== 'same';
}

/** The job that a draft stands for; null while something is missing. */
export function requestOf(draft: Draft, dryRun: boolean): JobRequestBody | null {
  if (lackOf(draft, 'what') ?? lackOf(draft, 'where')) return null;
  const isSite = draft.scope === 'SITE';
  const { spaceKeys, users, groups } = draft;
  const ofSpaces = {
    ...(namesSpaces(draft) ? { spaceKeys } : {}),
    ...(draft.existing === 'skip' ? { skipExisting: true } : {}),
    ...(draft.existing === 'replace' ? { replace: true } : {}),
    ...(draft.existing === 'as' ? { asKey: draft.asKey } : {}),
    ...(users.length > 0 ? { users } : {}),
    ...(groups.length > 0 ? { groups } : {}),
  };
  const shared = {
    site: siteOf(draft),
    dryRun,
    ...(draft.acceptVersion ? { acceptVersion: true } : {}),
    ...(isSite ? {} : ofSpaces),
  };
  if (draft.from === 'snapshot') {
    const staging = takesStaging(draft) && draft.staging ? { stagingCopy: { baseUrl: draft.stagingUrl } } : {};
    return { type: 'restore-snapshot', vault: draft.vault!, snapshot: draft.snapshot!, ...shared, ...staging };
  }
  const type = isSite ? 'site-restore' : 'space-restore';
  const apps = isSite && draft.withoutAppData ? { withoutAppData: true } : {};
  return { type, fileName: draft.fileName!, ...shared, ...apps };
}

/** The draft that a restore was made of, so that its plan can be gone on with. Null for another kind of job. */
export function draftOf(
  request: Record<string, unknown>,
  sourceOf: (vault: string, snapshot: string) => string | null,
): Draft | null {
  const body = request as unknown as Extract<JobRequestBody, { dryRun?: boolean; site: string }>;
  if (body.type !== 'restore-snapshot' && body.type !== 'site-restore' && body.type !== 'space-restore') return null;
  const spaceKeys = body.spaceKeys ?? [];
  const draft: Draft = {
    ...emptyDraft(body.site),
    scope: body.type === 'space-restore' || spaceKeys.length > 0 ? 'SPACE' : 'SITE',
    from: body.type === 'restore-snapshot' ? 'snapshot' : 'file',
    spaceKeys,
    existing: body.asKey ? 'as' : body.replace ? 'replace' : 'skip',
    asKey: body.asKey ?? '',
    acceptVersion: body.acceptVersion === true,
    users: body.users ?? [],
    groups: body.groups ?? [],
  };
  if (body.type !== 'restore-snapshot') {
    const onlySome = spaceKeys.length > 0;
    return { ...draft, fileName: body.fileName, onlySome, withoutAppData: body.withoutAppData === true };
  }
  const source = sourceOf(body.vault, body.snapshot) ?? body.site;
  return {
    ...draft,
    vault: body.vault,
    snapshot: body.snapshot,
    source,
    ...(source === body.site ? {} : { target: 'other' as const, targetName: body.site }),
    ...(body.stagingCopy ? { staging: true, stagingUrl: body.stagingCopy.baseUrl } : {}),
  };
}

/** The draft with a line for one user or group: empty takes it away. */
export function withLine(lines: readonly MappingLine[], from: string, to: string): MappingLine[] {
  const others = lines.filter((line) => line.from !== from);
  return to.trim() === '' ? others : [...others, { from, to: to.trim() }];
}

/** Whether two requests ask for the same, in whatever order they say it. */
export function isSame(one: object | null, other: object | null): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

import { z } from 'zod';
import { idText, nameText, spaceKey, time } from './shared-contract.ts';

export const jobType = z.enum([
  'site-backup',
  'space-backup',
  'site-restore',
  'space-restore',
  'snapshot',
  'import',
  'export',
  'restore-snapshot',
  'check',
  'repair',
  'prune',
  'retention',
  'drill',
  'copy',
  'compare',
  'inspect',
  'rollback',
]);
export const jobState = z.enum(['QUEUED', 'PROCESSING', 'COMPLETING', 'FINISHED', 'CANCELLING', 'CANCELLED', 'FAILED']);

const fileNamePrefix = z.string().max(60).optional();
const snapshotName = z.string().min(1).max(80);
/** What an XML backup leaves out, and for which versions of Confluence it is written. */
const xmlForm = {
  skipHistory: z.boolean().optional(),
  skipTrash: z.boolean().optional(),
  /** legacy: up to 8.2. */
  dialect: z.enum(['current', 'legacy']).optional(),
};
const spaceChoice = {
  spaceKeys: z.array(spaceKey).max(10_000).optional(),
  /** Instead of the space that the site has, after a safety backup of it. */
  replace: z.boolean().optional(),
  /** Leave a space that the site has as it is; without this and `replace` such a restore is refused. */
  skipExisting: z.boolean().optional(),
  asKey: spaceKey.optional(),
  groups: z
    .array(z.strictObject({ from: z.string().max(255), to: z.string().max(255) }))
    .max(10_000)
    .optional(),
  users: z
    .array(z.strictObject({ from: z.string().max(255), to: z.string().max(255) }))
    .max(100_000)
    .optional(),
};

export const retentionRules = z.strictObject({
  last: z.number().int().min(0).max(100_000).default(0),
  hourly: z.number().int().min(0).max(100_000).default(0),
  daily: z.number().int().min(0).max(100_000).default(0),
  weekly: z.number().int().min(0).max(100_000).default(0),
  monthly: z.number().int().min(0).max(100_000).default(0),
  yearly: z.number().int().min(0).max(100_000).default(0),
  tags: z.array(z.string().max(100)).max(100).default([]),
});

export const jobRequest = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('site-backup'),
    site: nameText,
    attachments: z.boolean(),
    keepPermanently: z.boolean(),
    fileNamePrefix,
    ...xmlForm,
  }),
  z.strictObject({
    type: z.literal('space-backup'),
    site: nameText,
    spaceKeys: z.array(spaceKey).min(1).max(10_000),
    keepPermanently: z.boolean(),
    fileNamePrefix,
    ...xmlForm,
  }),
  ...(['site-restore', 'space-restore'] as const).map((type) =>
    z.strictObject({
      type: z.literal(type),
      site: nameText,
      fileName: z.string().min(1).max(255),
      skipReindex: z.boolean().optional(),
      acceptVersion: z.boolean().optional(),
      /** Leave out the tables of apps. */
      withoutAppData: z.boolean().optional(),
      dryRun: z.boolean().optional(),
      ...spaceChoice,
    }),
  ),
  z.strictObject({
    type: z.literal('snapshot'),
    site: nameText,
    vault: nameText,
    spaceKeys: z.array(spaceKey).max(10_000).optional(),
    tags: z.array(z.string().min(1).max(100)).max(20).optional(),
    full: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('import'),
    site: nameText,
    vault: nameText,
    scope: z.enum(['SITE', 'SPACE']),
    fileName: z.string().min(1).max(255),
    tags: z.array(z.string().min(1).max(100)).max(20).optional(),
  }),
  z.strictObject({
    type: z.literal('export'),
    site: nameText,
    vault: nameText,
    snapshot: snapshotName,
    spaceKeys: z.array(spaceKey).max(10_000).optional(),
    attachments: z.boolean().optional(),
    keepPermanently: z.boolean(),
    fileNamePrefix,
    ...xmlForm,
  }),
  z.strictObject({
    type: z.literal('restore-snapshot'),
    site: nameText,
    vault: nameText,
    snapshot: snapshotName,
    dryRun: z.boolean().optional(),
    acceptVersion: z.boolean().optional(),
    stagingCopy: z.strictObject({ baseUrl: z.url() }).optional(),
    ...spaceChoice,
  }),
  z.strictObject({ type: z.literal('check'), vault: nameText, dataPercent: z.number().min(0).max(100).optional() }),
  z.strictObject({
    type: z.literal('repair'),
    vault: nameText,
    otherVault: nameText.optional(),
    keepSnapshots: z.boolean().optional(),
    dryRun: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('prune'), vault: nameText, dryRun: z.boolean().optional() }),
  z.strictObject({
    type: z.literal('retention'),
    vault: nameText,
    rules: retentionRules,
    site: nameText.optional(),
    dryRun: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('drill'), vault: nameText, snapshot: snapshotName.optional() }),
  z.strictObject({ type: z.literal('copy'), vault: nameText, otherVault: nameText, snapshot: snapshotName.optional() }),
  z.strictObject({
    type: z.literal('inspect'),
    site: nameText,
    scope: z.enum(['SITE', 'SPACE']),
    fileName: z.string().min(1).max(255),
  }),
  z.strictObject({ type: z.literal('rollback'), site: nameText, drop: z.boolean().optional() }),
  z.strictObject({
    type: z.literal('compare'),
    vault: nameText,
    snapshot: snapshotName,
    with: z.union([z.strictObject({ snapshot: snapshotName }), z.strictObject({ site: nameText })]),
  }),
]);
export type JobRequestBody = z.infer<typeof jobRequest>;

/** Everything that Confluence's page lists of a task, and more. Seconds where a name says so. */
export const job = z.object({
  id: idText,
  type: jobType,
  site: z.string().nullable(),
  vault: z.string().nullable(),
  state: jobState,
  /** Waits for the end of a rolling upgrade. */
  held: z.boolean(),
  /** Jobs of the same queue before this one. */
  placeInQueue: z.number(),
  createdBy: z.string(),
  createdOn: time,
  startedOn: time.nullable(),
  finishedOn: time.nullable(),
  cancelledBy: z.string().nullable(),
  scheduleId: idText.nullable(),
  runAgainOf: idText.nullable(),
  /** From creation to start. */
  queueSeconds: z.number(),
  /** From start to the end, or until now. */
  elapsedSeconds: z.number().nullable(),
  fileName: z.string().nullable(),
  fileBytes: z.number().nullable(),
  fileExists: z.boolean(),
  /** Null: never, or there is no file. */
  deleteScheduled: time.nullable(),
  keepPermanently: z.boolean(),
  attachmentsIncluded: z.boolean().nullable(),
  spaceKeys: z.array(z.string()),
  numberOfSpaces: z.number(),
  records: z.object({
    total: z.number().nullable(),
    processed: z.number(),
    persisted: z.number(),
    skipped: z.number(),
    reused: z.number(),
  }),
  bytesProcessed: z.number(),
  warnings: z.number(),
  phase: z
    .object({
      name: z.string(),
      done: z.number(),
      total: z.number().nullable(),
      unit: z.string(),
      /** A second, in the unit of the phase. */
      rate: z.number().nullable(),
      secondsLeft: z.number().nullable(),
    })
    .nullable(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
  snapshotId: z.string().nullable(),
  /** What was asked for; of `users` the first 20, but in the details all. */
  request: z.record(z.string(), z.unknown()),
  /** The same on the command line. */
  cli: z.string(),
});
export type JobAnswer = z.infer<typeof job>;

/** With the report of the work; its form depends on the type. */
export const jobDetails = job.extend({ result: z.unknown() });
export type JobDetails = z.infer<typeof jobDetails>;

const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (value === undefined ? undefined : [value].flat().flatMap((text) => String(text).split(','))),
    z.array(item).optional(),
  );

export const jobsQuery = z.object({
  site: nameText.optional(),
  vault: nameText.optional(),
  types: list(jobType),
  states: list(jobState),
  owner: z.string().max(255).optional(),
  spaceKey: spaceKey.optional(),
  /** Default: two weeks ago. */
  from: time.optional(),
  to: time.optional(),
  /** Jobs of schedules; as on Confluence's page they are left out unless asked for. */
  schedules: z.enum(['include', 'leave-out']).default('leave-out'),
  scheduleId: idText.optional(),
  /** The next page: jobs before this one. */
  before: idText.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

export const jobsAnswer = z.object({ jobs: z.array(job), total: z.number() });

export const logLine = z.object({
  id: idText,
  time,
  level: z.enum(['info', 'warning', 'error']),
  code: z.string().nullable(),
  message: z.string(),
  object: z.string().nullable(),
});
export type LogLineAnswer = z.infer<typeof logLine>;

export const skippedRecord = z.object({ id: idText, code: z.string(), object: z.string(), reason: z.string() });
export const pageQuery = z.object({
  after: idText.optional(),
  search: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export const keepBody = z.strictObject({ permanently: z.boolean() });

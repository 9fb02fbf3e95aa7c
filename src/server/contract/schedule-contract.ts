import { z } from 'zod';
import { retentionRules } from './job-contract.ts';
import { idText, nameText, spaceKey, time } from './shared-contract.ts';

const settings = {
  kind: z.enum(['backup', 'check', 'drill', 'prune', 'copy']),
  snapshot: z.boolean().optional(),
  xml: z.boolean().optional(),
  spaceKeys: z.array(spaceKey).max(10_000).optional(),
  attachments: z.boolean().optional(),
  keepPermanently: z.boolean().optional(),
  fileNamePrefix: z.string().max(60).optional(),
  tags: z.array(z.string().min(1).max(100)).max(20).optional(),
  retention: retentionRules.optional(),
  prune: z.boolean().optional(),
  dataPercent: z.number().min(0).max(100).optional(),
  otherVault: nameText.optional(),
  catchUp: z.enum(['run-once', 'skip']).optional(),
};
const cron = z.string().min(1).max(200);
const timeZone = z.string().min(1).max(100);

export const newScheduleBody = z.strictObject({
  name: z.string().min(1).max(100),
  site: nameText.nullable().optional(),
  vault: nameText.nullable().optional(),
  enabled: z.boolean(),
  cron,
  timeZone,
  ...settings,
});
export type NewScheduleBody = z.infer<typeof newScheduleBody>;

export const schedule = z.object({
  id: idText,
  name: z.string(),
  site: z.string().nullable(),
  vault: z.string().nullable(),
  enabled: z.boolean(),
  cron: z.string(),
  timeZone: z.string(),
  /** The cron expression in words. */
  words: z.string(),
  state: z.enum(['off', 'never-run', 'running', 'ok', 'warning', 'failing', 'overdue']),
  nextRuns: z.array(time),
  lastNote: z.string().nullable(),
  lastStarted: time.nullable(),
  lastSuccess: time.nullable(),
  lastFailure: time.nullable(),
  settings: z.object(settings),
});
export type ScheduleAnswer = z.infer<typeof schedule>;

export const cronPreviewBody = z.strictObject({ cron, timeZone });
export const cronPreview = z.object({ words: z.string(), nextRuns: z.array(time) });

export const retentionBody = z.strictObject({ vault: nameText, site: nameText.optional(), rules: retentionRules });
export const retentionDecisions = z.array(
  z.object({ id: z.string(), time, site: z.string(), keep: z.boolean(), reasons: z.array(z.string()) }),
);

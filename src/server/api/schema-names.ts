import type { z } from 'zod';
import { auditLine, madeToken, me, newTokenBody, token } from '../contract/auth-contract.ts';
import { job, jobDetails, jobRequest, jobsAnswer, logLine, retentionRules, skippedRecord } from '../contract/job-contract.ts';
import { channel, newChannelBody } from '../contract/notification-contract.ts';
import { newScheduleBody, retentionDecisions, schedule } from '../contract/schedule-contract.ts';
import { errorAnswer } from '../contract/shared-contract.ts';
import {
  changeSiteBody,
  diagnosis,
  newSiteBody,
  pastedConfig,
  restoreFile,
  site,
  siteSpace,
  siteSummary,
} from '../contract/site-contract.ts';
import {
  contentAnswer,
  newVaultBody,
  snapshot,
  snapshotDetails,
  snapshotPage,
  vault,
  vaultStatus,
} from '../contract/vault-contract.ts';

/** What these are called in the OpenAPI document. */
export const schemaNames: Record<string, z.ZodType> = {
  AuditLine: auditLine,
  Channel: channel,
  Content: contentAnswer,
  Diagnosis: diagnosis,
  Error: errorAnswer,
  Job: job,
  JobDetails: jobDetails,
  JobRequest: jobRequest,
  Jobs: jobsAnswer,
  LogLine: logLine,
  MadeToken: madeToken,
  Me: me,
  NewChannel: newChannelBody,
  NewSchedule: newScheduleBody,
  NewSite: newSiteBody,
  NewToken: newTokenBody,
  NewVault: newVaultBody,
  PastedConfig: pastedConfig,
  RestoreFile: restoreFile,
  RetentionDecisions: retentionDecisions,
  RetentionRules: retentionRules,
  Schedule: schedule,
  Site: site,
  SiteChange: changeSiteBody,
  SiteSummary: siteSummary,
  SkippedRecord: skippedRecord,
  Snapshot: snapshot,
  SnapshotDetails: snapshotDetails,
  SnapshotPage: snapshotPage,
  Space: siteSpace,
  Token: token,
  Vault: vault,
  VaultStatus: vaultStatus,
};

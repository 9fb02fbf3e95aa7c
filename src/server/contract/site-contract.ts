import { z } from 'zod';
import { folder, nameText, time } from './shared-contract.ts';

const settings = {
  /** A sandbox of the data folder; else databaseUrl and home. */
  sandbox: z.string().max(100).optional(),
  /** A password in it is taken out and kept sealed. */
  databaseUrl: z.string().max(2000).optional(),
  databasePassword: z.string().max(1000).optional(),
  home: folder.optional(),
  localHome: folder.optional(),
  install: folder.optional(),
  nodeUrls: z.array(z.url()).max(50).optional(),
  host: z.string().max(255).optional(),
  backupFolder: folder.optional(),
  readers: z.number().int().min(1).max(32).optional(),
  limitRate: z.number().int().min(1).optional(),
  isDefault: z.boolean().optional(),
};

export const newSiteBody = z.strictObject({ name: nameText, ...settings });
export const changeSiteBody = z.strictObject(settings);

export const newSandboxBody = z.strictObject({
  name: nameText,
  /** Of the Confluence that it stands for; default 8.5.6, build 9012. */
  version: z
    .string()
    .regex(/^\d{1,3}(\.\d{1,4}){0,3}$/)
    .optional(),
  buildNumber: z.number().int().min(1).max(999_999).optional(),
});

export const site = z.object({
  name: z.string(),
  origin: z.enum(['file', 'database']),
  isDefault: z.boolean(),
  sandbox: z.string().nullable(),
  /** Without a password. */
  databaseUrl: z.string().nullable(),
  home: z.string().nullable(),
  localHome: z.string().nullable(),
  install: z.string().nullable(),
  nodeUrls: z.array(z.string()),
  host: z.string().nullable(),
  backupFolder: z.string().nullable(),
  readers: z.number(),
  limitRate: z.number().nullable(),
  upgradingSince: time.nullable(),
});
export type SiteAnswer = z.infer<typeof site>;

/** What somebody without administration sees of a site. */
export const siteSummary = z.object({ name: z.string(), isDefault: z.boolean(), upgradingSince: time.nullable() });

export const diagnosisStep = z.object({
  name: z.string(),
  state: z.enum(['ok', 'warning', 'failed', 'skipped']),
  message: z.string(),
  hint: z.string().nullable(),
});
export const diagnosis = z.object({ ok: z.boolean(), steps: z.array(diagnosisStep) });
export type Diagnosis = z.infer<typeof diagnosis>;

export const siteSpace = z.object({
  key: z.string(),
  name: z.string(),
  type: z.enum(['global', 'personal']),
  status: z.enum(['current', 'archived']),
});
export const spacesQuery = z.object({
  search: z.string().max(200).optional(),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(20_000).default(200),
});

export const restoreFile = z.object({ fileName: z.string(), scope: z.enum(['SITE', 'SPACE']), bytes: z.number(), created: time });
export type RestoreFileAnswer = z.infer<typeof restoreFile>;
/** What the file says of itself. */
export const restoreFileDetails = restoreFile.extend({
  kind: z.enum(['site', 'space']),
  /** Of a backup of spaces. */
  spaceKeys: z.array(z.string()),
  createdByBuild: z.number().nullable(),
  createdByVersion: z.string().nullable(),
  attachments: z.boolean().nullable(),
});
export type RestoreFileDetails = z.infer<typeof restoreFileDetails>;

export const pastedConfigBody = z.strictObject({ xml: z.string().min(1).max(200_000), folder: folder.optional() });
/** What a confluence.cfg.xml says of its site, to be added after a look; the password is not sent back. */
export const pastedConfig = z.object({
  databaseUrl: z.string().nullable(),
  hasPassword: z.boolean(),
  home: z.string().nullable(),
  buildNumber: z.number().nullable(),
  problems: z.array(z.string()),
});

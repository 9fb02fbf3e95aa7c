import { z } from 'zod';
import { idText, time } from './shared-contract.ts';

export const scopeName = z.enum(['read', 'backup', 'restore', 'download', 'administer']);

export const logInBody = z.object({
  name: z.string().min(1).max(255),
  password: z.string().min(1).max(1000),
  /** Whose accounts are meant; default: Oxbow's own, then the default site's. */
  site: z.string().max(40).optional(),
});

export const siteRights = z.object({
  site: z.string(),
  systemAdministrator: z.boolean(),
  /** Spaces that the person may back up and download; empty for a system administrator, who may all. */
  spaceKeys: z.array(z.string()),
});

export const me = z.object({
  name: z.string(),
  displayName: z.string(),
  realm: z.string(),
  role: z.enum(['server-administrator', 'site-administrator', 'space-administrator', 'member']),
  sites: z.array(siteRights),
  scopes: z.array(scopeName).nullable(),
  /** To be sent as X-Oxbow-XSRF with what changes something; null where no cookie is used. */
  xsrf: z.string().nullable(),
});
export type Me = z.infer<typeof me>;

export const token = z.object({
  id: idText,
  name: z.string(),
  owner: z.string(),
  realm: z.string(),
  scopes: z.array(scopeName),
  created: time,
  expires: time.nullable(),
  lastUsed: time.nullable(),
  revoked: time.nullable(),
});
export type TokenAnswer = z.infer<typeof token>;

export const newTokenBody = z.strictObject({
  name: z.string().min(1).max(100),
  scopes: z.array(scopeName).min(1),
  /** Days until it expires; null: never. */
  days: z.number().int().min(1).max(3650).nullable(),
});

/** The text is shown this once. */
export const madeToken = z.object({ token, text: z.string() });

export const auditLine = z.object({
  id: idText,
  time,
  actor: z.string(),
  realm: z.string(),
  address: z.string().nullable(),
  action: z.string(),
  site: z.string().nullable(),
  object: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});
export type AuditLineAnswer = z.infer<typeof auditLine>;

export const auditQuery = z.object({
  actor: z.string().max(255).optional(),
  action: z.string().max(100).optional(),
  site: z.string().max(40).optional(),
  from: time.optional(),
  to: time.optional(),
  before: idText.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

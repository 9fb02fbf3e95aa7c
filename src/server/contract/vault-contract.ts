import { z } from 'zod';
import { nameText, time } from './shared-contract.ts';

export const vault = z.object({
  name: z.string(),
  origin: z.enum(['file', 'database']),
  location: z.string(),
  s3Endpoint: z.string().nullable(),
  s3Region: z.string().nullable(),
  s3PathStyle: z.boolean().nullable(),
  limitRate: z.number().nullable(),
  hasStoredPassphrase: z.boolean(),
  /** When its snapshots were last listed, and when it was last checked. */
  synced: time.nullable(),
  checked: time.nullable(),
  checkOk: z.boolean().nullable(),
  checkPercent: z.number().nullable(),
  snapshots: z.number(),
  newest: time.nullable(),
});
export type VaultAnswer = z.infer<typeof vault>;

export const newVaultBody = z.strictObject({
  name: nameText,
  location: z
    .string()
    .max(2000)
    .regex(/^(s3:\/\/|\/|[A-Za-z]:[\\/])/, 'a whole path, or s3://bucket/prefix'),
  s3Endpoint: z.url().optional(),
  s3Region: z.string().max(100).optional(),
  s3PathStyle: z.boolean().optional(),
  limitRate: z.number().int().min(1).optional(),
  passphrase: z.string().min(1).max(1000),
  /** Make a new vault there; else one must be there. */
  create: z.boolean().default(false),
  /** Of a new one in a bucket that can lock: nobody can delete what is written for so many days. */
  lockDays: z.number().int().min(1).max(36_500).optional(),
  /** Of a new one: another vault of the server, to cut rows and files like. */
  like: nameText.optional(),
});

export const vaultStatus = z.object({
  location: z.string(),
  id: z.string(),
  createdAt: z.string(),
  lockDays: z.number(),
  keys: z.array(z.string()),
  openedWith: z.string(),
  snapshots: z.number(),
  newest: z.string().nullable(),
  packs: z.number(),
  storedBytes: z.number(),
  snapshotBytes: z.number(),
  damagedSnapshots: z.number(),
  leases: z.array(z.unknown()),
  freeBytes: z.number().nullable(),
});

export const keyAnswer = z.object({ id: z.string(), isOwn: z.boolean() });
export const newKeyBody = z.strictObject({ label: z.string().min(1).max(100), passphrase: z.string().min(8).max(1000) });
export const changeKeyBody = z.strictObject({ passphrase: z.string().min(8).max(1000) });
export const lockBody = z.strictObject({ reason: z.string().min(1).max(200) });

export const snapshot = z.object({
  vault: z.string(),
  id: z.string(),
  site: z.string(),
  time,
  kind: z.string(),
  scope: z.string(),
  spaceKeys: z.array(z.string()),
  tags: z.array(z.string()),
  protected: z.boolean(),
  repaired: z.boolean(),
  productVersion: z.string().nullable(),
  buildNumber: z.number().nullable(),
  statistics: z.object({
    rows: z.number(),
    rowBytes: z.number(),
    files: z.number(),
    fileBytes: z.number(),
    newBytes: z.number(),
    storedBytes: z.number(),
    seconds: z.number(),
  }),
  drills: z.array(z.object({ time: z.string(), ok: z.boolean(), seconds: z.number() })),
});
export type SnapshotAnswer = z.infer<typeof snapshot>;

export const snapshotsQuery = z.object({
  vault: nameText.optional(),
  site: nameText.optional(),
  tag: z.string().max(100).optional(),
  from: time.optional(),
  /** For the next page: just before the time of the last one. */
  to: time.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
});

export const snapshotDetails = z.object({
  snapshot,
  spaces: z.array(z.object({ key: z.string(), name: z.string().nullable() })),
  tables: z.array(z.object({ name: z.string(), rows: z.number(), bytes: z.number() })),
  warnings: z.array(z.object({ code: z.string(), count: z.number() })),
});
export type SnapshotDetails = z.infer<typeof snapshotDetails>;

export const snapshotPage = z.object({
  id: z.string(),
  title: z.string().nullable(),
  type: z.string().nullable(),
  space: z.string().nullable(),
  bodies: z.array(z.object({ id: z.string(), body: z.string().nullable() })),
});
export type SnapshotPage = z.infer<typeof snapshotPage>;

export const contentQuery = z.object({
  kind: z.enum(['pages', 'attachments']).default('pages'),
  search: z.string().max(200).optional(),
  /** The `next` of the page before. */
  after: z
    .string()
    .regex(/^-?\d{1,19}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export const contentAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      type: z.string().nullable(),
      title: z.string().nullable(),
      version: z.string().nullable(),
      /** Of an attachment: what it hangs on. */
      container: z.string().nullable(),
    }),
  ),
  next: z.string().nullable(),
});
export type ContentAnswer = z.infer<typeof contentAnswer>;
export const markBody = z.strictObject({
  addTags: z.array(z.string().min(1).max(100)).max(20).optional(),
  removeTags: z.array(z.string().min(1).max(100)).max(20).optional(),
  protected: z.boolean().optional(),
});

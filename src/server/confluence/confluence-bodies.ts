import { z } from 'zod';
import { OxbowError } from '#base/errors.ts';

// Programs in Java and Python write what they do not set as null.
const prefix = z.string().max(255).nullish();
const key = z.string().min(1).max(255);

/** Bodies of Confluence's API. Properties that it does not name are refused, as there. */
export const siteBackupBody = z.strictObject({
  skipAttachments: z.boolean(),
  keepPermanently: z.boolean(),
  fileNamePrefix: prefix,
});
export const spaceBackupBody = z.strictObject({
  spaceKeys: z.array(key).min(1).max(10_000),
  keepPermanently: z.boolean(),
  fileNamePrefix: prefix,
});
export const restoreBody = z.strictObject({ fileName: z.string().min(1).max(255), skipReindex: z.boolean().nullish() });

// These two are for the documentation alone: the form is streamed, the filter read by job-filter.ts.
export const uploadForm = z.object({ file: z.string().meta({ format: 'binary', description: 'The zip file' }) });
const scope = z.enum(['SITE', 'SPACE']).optional();
export const filesQuery = z.object({ jobScope: scope });
export const jobsQuery = z.object({
  limit: z.int().min(1).max(1000).default(25).optional(),
  fromDate: z.string().optional().meta({ description: "Created at or after: yyyy-MM-dd'T'HH:mm:ss.SSSZ" }),
  toDate: z.string().optional().meta({ description: 'Created at or before' }),
  jobScope: scope,
  jobOperation: z.enum(['BACKUP', 'RESTORE']).optional(),
  jobStates: z.string().optional().meta({ description: 'Separated by commas, or repeated' }),
  spaceKey: z.string().optional(),
  owner: z.string().optional().meta({ description: 'User name' }),
});

/** Errors: REQUEST_INVALID with the place and what is wrong there. */
export function readBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue.path.length > 0 ? `The property ${issue.path.join('.')}` : 'The body';
  throw invalid(`${place} is wrong: ${issue.message}`);
}

export function invalid(message: string): OxbowError {
  return new OxbowError('REQUEST_INVALID', `${message}.`);
}

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

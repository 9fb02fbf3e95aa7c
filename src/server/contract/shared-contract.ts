import { z } from 'zod';

/** ISO 8601, UTC. */
export const time = z.iso.datetime();
/** 64 bits wide, so text. */
export const idText = z
  .string()
  .regex(/^\d{1,19}$/, { abort: true })
  .refine((text) => BigInt(text) <= 0x7fff_ffff_ffff_ffffn, 'too large for an id');
/** Of a site, a vault. */
export const nameText = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'small letters, digits and hyphens, at most 40');
/** Of the machine of the server. */
export const folder = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^(\/|[A-Za-z]:[\\/])/, 'a whole path, which begins with /');
export const spaceKey = z.string().min(1).max(255);

export const errorAnswer = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
});
export type ErrorAnswer = z.infer<typeof errorAnswer>;

/** Errors that every route may answer with; docs/errors.md lists the codes. */
export const errorAnswers = { '4xx': errorAnswer, '5xx': errorAnswer };

/** Answers that are no JSON, as the OpenAPI document describes them. */
const raw = (type: string, description: string) => ({ description, content: { [type]: { schema: z.string() } } });
export const eventStream = raw('text/event-stream', 'Server-sent events');
export const csvFile = raw('text/csv', 'A CSV file, UTF-8');
export const binaryFile = raw('application/octet-stream', 'The file');

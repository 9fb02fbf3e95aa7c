import { z } from 'zod';
import { idText, nameText, time } from './shared-contract.ts';

export const channelKind = z.enum(['email', 'webhook', 'ping']);
export const channelEvent = z.enum(['success', 'failure', 'warning', 'overdue', 'recovered', 'start', 'test']);

export const newChannelBody = z.strictObject({
  name: z.string().min(1).max(100),
  kind: channelKind,
  enabled: z.boolean().default(true),
  events: z.array(channelEvent).min(1),
  site: nameText.nullable().optional(),
  /** email: addresses, separated by commas. */
  to: z.string().max(2000).optional(),
  /** webhook, ping. It is not sent back. */
  url: z.string().max(2000).optional(),
  /** webhook: the key of the HMAC in X-Oxbow-Signature. */
  signingKey: z.string().min(8).max(200).regex(/^\S+$/).optional(),
});

export const channel = z.object({
  id: idText,
  name: z.string(),
  kind: channelKind,
  enabled: z.boolean(),
  events: z.array(z.string()),
  site: z.string().nullable(),
  /** Addresses, or the host of the address. */
  target: z.string(),
  lastSent: time.nullable(),
  lastError: z.string().nullable(),
  lastErrorTime: time.nullable(),
});
export type ChannelAnswer = z.infer<typeof channel>;

export const testAnswer = z.object({ ok: z.boolean(), message: z.string() });

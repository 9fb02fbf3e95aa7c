import { addAuditEntry } from '#control/audit/audit-log.ts';
import type { Application } from '../application.ts';
import type { Caller } from './caller.ts';

/** What is worth being remembered: what was read, downloaded, restored, changed. */
export interface Audited {
  action: string;
  site?: string | null;
  object?: string | null;
  address?: string | null;
  details?: Record<string, unknown>;
}

/** Adds a line to the audit log. It is written before what it tells of is given away. */
export async function audit(app: Application, caller: Pick<Caller, 'name' | 'realm' | 'tokenId'>, what: Audited): Promise<void> {
  await addAuditEntry(app.control, {
    time: app.now(),
    actor: caller.name,
    realm: caller.realm,
    address: what.address ?? null,
    action: what.action,
    site: what.site ?? null,
    object: what.object ?? null,
    details: { ...what.details, ...(caller.tokenId ? { token: caller.tokenId } : {}) },
  });
}

import { OxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import { assertNotHeld, clearDeadLeases, type Lease, type LeaseContext, type LeaseFacts, takeLease } from '../leases/lease.ts';
import type { Vault } from '../vault.ts';

/** What work that removes something goes on under. */
export interface Maintenance {
  vault: Vault;
  leases: LeaseContext;
  lease: Lease;
  context: RunContext;
}

/**
 * Runs work that removes something: under a lease, and never two of them at a time. Errors: VAULT_BUSY, VAULT_LOCKED.
 * @param watch looks at the leases of other hosts for three heartbeats, to tell which are dead
 */
export async function underMaintainLease<T>(
  vault: Vault,
  purpose: string,
  watch: boolean,
  context: RunContext,
  work: (maintenance: Maintenance) => Promise<T>,
): Promise<T> {
  const leases: LeaseContext = { store: vault.store, objectKey: vault.keys.object, holder: vault.holder, now: context.now };
  const lease = await takeLease(leases, 'maintain', purpose);
  try {
    const standing = await clearDeadLeases(leases, { watch });
    assertNotHeld(standing, vault.store.location);
    // Both of two that begin at once may see each other and give way: better than neither.
    const other = standing.find((one) => one.kind === 'maintain' && one.key !== lease.key);
    if (other) throw busy(vault, other);
    return await work({ vault, leases, lease, context });
  } finally {
    // What was done is done: a lease that cannot be removed is told from one of somebody at work by whoever comes next.
    await lease.release().catch(() => {});
  }
}

/** The leases of those who add data. */
export async function standingWriters({ leases }: Maintenance): Promise<LeaseFacts[]> {
  return (await clearDeadLeases(leases, { watch: false })).filter((lease) => lease.kind === 'write');
}

/** The error for work that must wait for other work. */
export function busy(vault: Vault, other: LeaseFacts): OxbowError {
  const who = `process ${other.pid} of ${other.host || 'a host that cannot be told'}`;
  return new OxbowError('VAULT_BUSY', `Another work is at ${vault.store.location}: ${other.purpose} (${who}).`, {
    hint: 'Wait until it has ended. If its host is gone for good, run oxbow vault unlock.',
  });
}

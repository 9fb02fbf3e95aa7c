import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { seal, unseal } from '../crypto/sealed-object.ts';
import type { Store } from '../store/store.ts';

/** Who works on a vault: given by the process, told to others by its leases. */
export interface Holder {
  host: string;
  pid: number;
  /** Whether a process of this host lives. */
  isAlive(pid: number): boolean;
}

/** write: adds data; maintain: removes data; hold: an operator's lock, which nobody refreshes. */
export type LeaseKind = 'write' | 'maintain' | 'hold';

export interface LeaseFacts {
  key: string;
  kind: LeaseKind;
  host: string;
  pid: number;
  /** For people ("backup of demo"). */
  purpose: string;
  /** ISO. */
  since: string;
  /** Counts up while its holder lives. */
  beat: number;
}

const prefix = 'locks/';
/** Milliseconds between two heartbeats. */
export const heartbeat = 30_000;
/** Leases of this process: one that bears its number and is not here was left by a process before it (in a container both have one number). */
const held = new Set<string>();

export interface LeaseContext {
  store: Store;
  objectKey: Buffer;
  holder: Holder;
  now: () => Date;
}

/** A lease that is held: refreshed until it is released. */
export interface Lease {
  readonly key: string;
  /** Throws LEASE_LOST when somebody removed it: nothing may be made visible then. */
  confirm(): Promise<void>;
  release(): Promise<void>;
  /** Lets it stand without its holder: an operator's lock outlives the process that took it. */
  leave(): Promise<void>;
}

/** Takes a lease; several of them can exist at a time. Who may work beside whom is the caller's rule. */
export async function takeLease(context: LeaseContext, kind: LeaseKind, purpose: string): Promise<Lease> {
  const { store, holder } = context;
  const key = `${prefix}${randomBytes(16).toString('hex')}`;
  const facts = { kind, host: holder.host, pid: holder.pid, purpose, since: context.now().toISOString() };
  let beat = 0;
  const write = () => store.put(key, seal(context.objectKey, 'lease', key, Buffer.from(JSON.stringify({ ...facts, beat }))));
  held.add(key);
  await write().catch((error) => {
    held.delete(key);
    throw error;
  });
  let writing: Promise<void> = Promise.resolve();
  let lost = false;
  const timer = setInterval(() => {
    beat++;
    // A lease that was broken must stay away: it is looked for before it is written again.
    writing = store
      .size(key)
      .then((size) => {
        if (size === null) lost = true;
        return lost ? undefined : write();
      })
      .catch(() => {});
  }, heartbeat);
  timer.unref();
  return {
    key,
    async confirm() {
      await writing;
      if (lost || (await store.size(key)) === null) {
        throw new OxbowError('LEASE_LOST', `The lease of this work on ${store.location} was removed by somebody.`, {
          hint: 'Start the work again: what was stored already is used.',
        });
      }
    },
    async release() {
      clearInterval(timer);
      held.delete(key);
      await writing;
      await store.delete(key);
    },
    async leave() {
      clearInterval(timer);
      held.delete(key);
      await writing;
    },
  };
}

/** The leases that stand in the vault. One that disappears meanwhile is left out. One that cannot be read may be of somebody at work: it stands. */
export async function listLeases(context: Pick<LeaseContext, 'store' | 'objectKey'>): Promise<LeaseFacts[]> {
  const found: LeaseFacts[] = [];
  for await (const { key } of context.store.list(prefix)) {
    const facts = await readLease(context, key);
    if (facts) found.push(facts);
  }
  return found;
}

async function readLease(context: Pick<LeaseContext, 'store' | 'objectKey'>, key: string): Promise<LeaseFacts | null> {
  try {
    const bytes = await context.store.get(key);
    return {
      key,
      ...(JSON.parse(unseal(context.objectKey, 'lease', key, bytes, `The lease ${key}`).toString('utf8')) as Omit<
        LeaseFacts,
        'key'
      >),
    };
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_NOT_FOUND')) return null;
    // Its next heartbeat mends it; without one it goes when leases are watched.
    if (isOxbowError(error, 'OBJECT_DAMAGED'))
      return { key, kind: 'write', host: '', pid: 0, purpose: 'unreadable', since: '', beat: -1 };
    throw error;
  }
}

/** True when the process that holds the lease is known to be gone: it was of this host, and no such process lives or it is not its lease. */
export function isDead(lease: LeaseFacts, holder: Holder): boolean {
  if (lease.kind === 'hold' || lease.host !== holder.host) return false;
  return lease.pid === holder.pid ? !held.has(lease.key) : !holder.isAlive(lease.pid);
}

/**
 * Removes leases whose holders are gone. Of other hosts (and of a process whose number another one has now) nobody knows but by watching: with
 * `watch` the leases are looked at twice, three heartbeats apart, and those that did not beat meanwhile are removed. Clocks are never compared.
 * Returns those that remain.
 */
export async function clearDeadLeases(
  context: LeaseContext,
  options: { watch: boolean; wait?: (ms: number) => Promise<unknown> },
): Promise<LeaseFacts[]> {
  const alive: LeaseFacts[] = [];
  for (const lease of await listLeases(context)) {
    if (isDead(lease, context.holder)) await context.store.delete(lease.key);
    else alive.push(lease);
  }
  const { host, pid } = context.holder;
  const isOwn = (lease: LeaseFacts) => held.has(lease.key) && lease.host === host && lease.pid === pid;
  const others = alive.filter((lease) => lease.kind !== 'hold' && !isOwn(lease));
  if (!options.watch || others.length === 0) return alive;
  await (options.wait ?? sleep)(3 * heartbeat);
  const silent = new Set<string>();
  for (const lease of others) {
    const again = await readLease(context, lease.key);
    if (again && again.beat > lease.beat) continue;
    silent.add(lease.key);
    await context.store.delete(lease.key);
  }
  return alive.filter((lease) => !silent.has(lease.key));
}

/** Throws VAULT_LOCKED while an operator's lock stands. */
export function assertNotHeld(leases: LeaseFacts[], location: string): void {
  const hold = leases.find((lease) => lease.kind === 'hold');
  if (!hold) return;
  throw new OxbowError('VAULT_LOCKED', `The vault ${location} is locked since ${hold.since}: ${hold.purpose}.`, {
    hint: 'Unlock it with oxbow vault unlock when that is over. Reading and restoring go on meanwhile.',
  });
}

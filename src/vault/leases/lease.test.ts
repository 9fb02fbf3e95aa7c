import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStore } from '../store/memory-store.ts';
import { assertNotHeld, clearDeadLeases, type Holder, heartbeat, type LeaseContext, listLeases, takeLease } from './lease.ts';

const objectKey = Buffer.alloc(32, 5);
const now = () => new Date('2026-01-01T00:00:00Z');
let store: MemoryStore;
const of = (host: string, pid: number, alive: number[] = []): LeaseContext => {
  const holder: Holder = { host, pid, isAlive: (one) => alive.includes(one) };
  return { store, objectKey, holder, now };
};
const keys = () => [...store.objects.keys()];

beforeEach(() => {
  store = new MemoryStore();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a lease', () => {
  it('stands until it is released, and beats meanwhile', async () => {
    const lease = await takeLease(of('a', 1), 'write', 'backup');
    expect(await listLeases(of('b', 1))).toMatchObject([{ host: 'a', pid: 1, kind: 'write', purpose: 'backup', beat: 0 }]);
    await vi.advanceTimersByTimeAsync(2 * heartbeat);
    expect((await listLeases(of('b', 1)))[0].beat).toBe(2);
    await lease.confirm();
    await lease.release();
    expect(keys()).toEqual([]);
  });

  it('that was removed is not written again, and is not confirmed', async () => {
    const lease = await takeLease(of('a', 1), 'write', 'backup');
    store.objects.clear();
    await vi.advanceTimersByTimeAsync(3 * heartbeat);
    expect(keys()).toEqual([]);
    await expect(lease.confirm()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await lease.release();
  });

  it('of a process of this host that is gone is removed at once, also when this process has its number now', async () => {
    // A lease of this very process that stands still, as its predecessor with the same number would have left it.
    const left = await takeLease(of('a', 7), 'write', 'backup');
    await left.leave();
    expect(await clearDeadLeases(of('a', 8, [7]), { watch: false })).toHaveLength(1);
    expect(await clearDeadLeases(of('b', 7), { watch: false })).toHaveLength(1);
    expect(await clearDeadLeases(of('a', 7), { watch: false })).toEqual([]);
    expect(keys()).toEqual([]);
    await (await takeLease(of('a', 9), 'write', 'backup')).leave();
    expect(await clearDeadLeases(of('a', 8, [7]), { watch: false })).toEqual([]);
  });

  it('of another host is removed when it is watched and does not beat, and only then', async () => {
    const alive = await takeLease(of('a', 1), 'write', 'alive');
    await (await takeLease(of('c', 1), 'write', 'dead')).leave();
    await (await takeLease(of('d', 1), 'hold', 'locked by hand')).leave();
    expect(await clearDeadLeases(of('b', 1), { watch: false })).toHaveLength(3);
    const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
    const left = await clearDeadLeases(of('b', 1), { watch: true, wait });
    expect(left.map((lease) => lease.purpose).sort()).toEqual(['alive', 'locked by hand']);
    await alive.release();
  });

  it('that cannot be read stands: its holder may be at work, and mends it with the next beat', async () => {
    const lease = await takeLease(of('a', 1), 'write', 'backup');
    store.objects.get(lease.key)![50] ^= 1;
    expect(await listLeases(of('b', 1))).toMatchObject([{ kind: 'write', beat: -1 }]);
    expect(await clearDeadLeases(of('b', 1), { watch: false })).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(heartbeat);
    expect(await listLeases(of('b', 1))).toMatchObject([{ host: 'a', beat: 1 }]);
    store.objects.get(lease.key)![50] ^= 1;
    expect(await clearDeadLeases(of('b', 1), { watch: true, wait: async () => {} })).toEqual([]);
    await lease.release();
  });

  it('of an operator stops whoever asks', async () => {
    await (await takeLease(of('a', 1), 'hold', 'moving the bucket')).leave();
    const leases = await listLeases(of('b', 1));
    expect(() => assertNotHeld(leases, 'here')).toThrow(expect.objectContaining({ code: 'VAULT_LOCKED' }));
    expect(await clearDeadLeases(of('a', 2), { watch: false })).toHaveLength(1);
  });
});

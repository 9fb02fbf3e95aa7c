import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfigurations, writeConfiguration } from './configuration.ts';
import { readLedger } from './ledger/ledger.ts';
import { ledgerKey } from './ledger/ledger-versions.ts';
import { checkVault } from './maintenance/check.ts';
import { forgetSnapshots } from './maintenance/forget.ts';
import { prune } from './maintenance/prune.ts';
import { repairVault } from './maintenance/repair.ts';
import { findSnapshot } from './snapshots/list-snapshots.ts';
import type { MemoryStore } from './store/memory-store.ts';
import { openVault, type Vault } from './vault.ts';
import { cloneVault, content, holder, passphrase, testContext, testVault, writeSnapshot } from './vault-fixture.ts';
import { addKey } from './vault-keyring.ts';

let context: Awaited<ReturnType<typeof testContext>>;
let vault: Vault & { store: MemoryStore };
const value = { password: 'wont be seen' };
const day = (n: number) => new Date(n * 86_400_000);

beforeAll(async () => {
  context = await testContext();
  const made = await testVault();
  await writeSnapshot(made, content(50, 0, 1000), context);
  await writeConfiguration(made, 'a', value, day(1));
  vault = cloneVault(made);
});
afterAll(() => context.remove());

const opened = () => openVault(vault.store, passphrase, holder);
const kept = async () => readConfigurations(await opened());
const problems = async () => (await checkVault(await opened(), { data: 1, random: () => 0 }, context)).problems;
const ofA = { server: 'a', written: day(1).toISOString(), value };

describe('the configuration that a server keeps in a vault', () => {
  it('outlives backups, forgetting, pruning, repairing and new keys', async () => {
    const { id } = await writeSnapshot(vault, content(60, 5, 1000), context);
    await addKey(vault, 'another passphrase', 'other', day(1));
    await forgetSnapshots(vault, [await findSnapshot(vault, id)]);
    await prune(vault, {}, context);
    await repairVault(vault, {}, context);
    expect(await kept()).toEqual([ofA]);
    expect(await problems()).toEqual([]);
  });

  it('replaces that of the same server alone, and the newest come first', async () => {
    await writeConfiguration(vault, 'b', 1, day(2));
    await writeConfiguration(vault, 'b', 2, day(3));
    expect(await kept()).toEqual([{ server: 'b', written: day(3).toISOString(), value: 2 }, ofA]);
  });

  it('is nowhere in the store in the clear', () => {
    for (const bytes of vault.store.objects.values()) expect(bytes.includes('wont be seen')).toBe(false);
  });

  it('is found damaged when a bit of it is flipped, and mended from its spare', async () => {
    const { sequence } = await readLedger(vault.store, vault.keys.object);
    const key = ledgerKey(sequence);
    const before = vault.store.objects.get(key)!;
    for (let at = 0; at < before.length; at += 37) {
      const bytes = Buffer.from(before);
      bytes[at] ^= 4;
      vault.store.objects.set(key, bytes);
      expect((await problems()).map(({ object }) => object)).toContain(key);
    }
    await repairVault(await opened(), {}, context);
    expect(await kept()).toContainEqual(ofA);
    expect(await problems()).toEqual([]);
  });

  it('goes when eight other servers have written since', async () => {
    for (let i = 0; i < 8; i++) await writeConfiguration(vault, `s${i}`, i, day(10 + i));
    expect((await kept()).map(({ server }) => server)).toEqual(['s7', 's6', 's5', 's4', 's3', 's2', 's1', 's0']);
  });

  it('is refused when it is larger than a ledger should carry', async () => {
    const large = 'x'.repeat(1024 * 1024);
    await expect(writeConfiguration(vault, 'a', large, day(20))).rejects.toMatchObject({ code: 'CONFIGURATION_TOO_LARGE' });
  });
});

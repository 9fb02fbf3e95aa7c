import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slotId } from './crypto/key-slot.ts';
import { seal } from './crypto/sealed-object.ts';
import { ledgerKey, listVersions } from './ledger/ledger-versions.ts';
import { checkVault } from './maintenance/check.ts';
import { prune } from './maintenance/prune.ts';
import { repairVault } from './maintenance/repair.ts';
import { listSnapshots } from './snapshots/list-snapshots.ts';
import type { MemoryStore } from './store/memory-store.ts';
import { openVault, type Vault } from './vault.ts';
import {
  bytes,
  cloneVault,
  content,
  digestsOf,
  holder,
  passphrase,
  readBack,
  testContext,
  testVault,
  writeSnapshot,
} from './vault-fixture.ts';

// What a newer Oxbow wrote is refused by this one, and neither mended nor removed: its repair would destroy it.

let context: Awaited<ReturnType<typeof testContext>>;
let vault: Vault & { store: MemoryStore };
let kept: string;
beforeEach(async () => {
  context = await testContext();
  const made = await testVault();
  kept = (await writeSnapshot(made, content(50, 0, 1000), context)).id;
  vault = cloneVault(made);
});
afterEach(() => context.remove());

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
/** A sealed object of a version that this Oxbow cannot open. */
function laterSealed(kind: number): Buffer {
  const data = Buffer.concat([Buffer.from('OXBO'), Buffer.from([2, kind]), bytes(kind, 300)]);
  return data;
}

const later: Record<string, () => Promise<void> | void> = {
  'a snapshot object': () => {
    const data = laterSealed(2);
    vault.store.objects.set(`snapshots/${sha256(data)}`, data);
  },
  'the header of a snapshot': async () => {
    const [{ id: _id, ...header }] = (await listSnapshots(vault)).snapshots;
    const data = seal(vault.keys.object, 'snapshot', '', Buffer.from(JSON.stringify({ ...header, version: 2 })));
    vault.store.objects.set(`snapshots/${sha256(data)}`, data);
  },
  'an index object': () => {
    const data = laterSealed(1);
    vault.store.objects.set(`index/${sha256(data)}`, data);
  },
  'a pack': () => {
    const data = Buffer.concat([Buffer.from('OXBP'), Buffer.from([2, 0, 0, 0]), bytes(5, 300)]);
    vault.store.objects.set(`packs/${sha256(data).slice(0, 2)}/${sha256(data)}`, data);
  },
  'the ledger': async () => {
    const next = (await listVersions(vault.store)).at(-1)! + 1;
    vault.store.objects.set(ledgerKey(next), laterSealed(3));
  },
  'the marks of a prune': () => {
    const data = laterSealed(5);
    vault.store.objects.set(`marks/${sha256(data)}`, data);
  },
  'a lease': () => {
    vault.store.objects.set('locks/00000000000000000000000000000000', laterSealed(4));
  },
};

describe('a vault in which a newer Oxbow has written', () => {
  it.each(Object.keys(later))('%s is refused by check, repair and prune, and left as it is', async (name) => {
    await later[name]();
    const before = new Map(vault.store.objects);
    const refused = { code: 'VAULT_VERSION_UNSUPPORTED' };
    await expect(checkVault(vault, { data: 1, random: () => 0 }, context)).rejects.toMatchObject(refused);
    await expect(repairVault(vault, {}, context)).rejects.toMatchObject(refused);
    await expect(prune(vault, {}, context)).rejects.toMatchObject(refused);
    expect([...vault.store.objects.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [key, data] of before) expect(vault.store.objects.get(key)!.equals(data)).toBe(true);
  });

  it('a key slot is no hindrance to the passphrases of this one', async () => {
    const data = Buffer.from(JSON.stringify({ version: 2, what: 'nobody knows' }));
    vault.store.objects.set(`keys/${slotId(data)}`, data);
    const opened = await openVault(vault.store, passphrase, holder);
    expect(await readBack(opened, kept)).toEqual(digestsOf(content(50, 0, 1000)));
    expect((await repairVault(opened, {}, context)).actions).toEqual([]);
    await expect(openVault(vault.store, 'another passphrase', holder)).rejects.toMatchObject({
      code: 'VAULT_VERSION_UNSUPPORTED',
    });
  });

  it('a configuration of a later version is refused, whatever its spare says', async () => {
    const config = JSON.parse(vault.store.objects.get('config')!.toString());
    for (const key of ['config', 'spare/config'])
      vault.store.objects.set(key, Buffer.from(JSON.stringify({ ...config, version: 2 })));
    await expect(openVault(vault.store, passphrase, holder)).rejects.toMatchObject({ code: 'VAULT_VERSION_UNSUPPORTED' });
  });
});

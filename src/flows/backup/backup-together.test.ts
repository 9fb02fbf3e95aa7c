import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOxbowError } from '#base/errors.ts';
import { generateLiveSite } from '#flows/generate/generate-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { dropPreviousSite } from '#sites/live/restore/rollback.ts';
import { checkVault } from '#vault/maintenance/check.ts';
import { forgetSnapshots } from '#vault/maintenance/forget.ts';
import { prune } from '#vault/maintenance/prune.ts';
import { openReader } from '#vault/read-session.ts';
import { listSnapshots, readContents } from '#vault/snapshots/list-snapshots.ts';
import type { MemoryStore } from '#vault/store/memory-store.ts';
import type { Store } from '#vault/store/store.ts';
import type { Vault } from '#vault/vault.ts';
import { cloneVault, testVault } from '#vault/vault-fixture.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { backupSite } from './backup-site.ts';

let sites: TestSites;
let site: LiveSite;
/** With two snapshots: the first is forgotten while others work, the site is again as it was then. */
let start: Vault & { store: MemoryStore };

beforeAll(async () => {
  sites = await TestSites.open();
  site = await sites.create();
  await generateLiveSite({ pages: 20, seed: 9, attachmentBytes: 60_000 }, site, await sites.context());
  await dropPreviousSite(site);
  const vault = await testVault();
  await backupSite(site, vault, {}, await sites.context());
  await sites.query(site, `CREATE TABLE kept AS SELECT bodycontentid AS id, body FROM bodycontent`);
  await sites.query(site, `UPDATE bodycontent SET body = md5(body)`);
  await backupSite(site, vault, {}, await sites.context());
  await sites.query(site, `UPDATE bodycontent SET body = kept.body FROM kept WHERE id = bodycontentid`);
  start = cloneVault(vault);
});
afterAll(async () => await sites.close());

function randomFrom(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A store each of whose calls takes its time, as long as chance wants: the order of calls of several users is another one for each seed. */
function slowed(inner: MemoryStore, random: () => number): Store {
  const pause = () => sleep(random() < 0.2 ? random() * 40 : random() * 4);
  const store = Object.create(inner) as MemoryStore;
  for (const method of ['get', 'put', 'putIfAbsent', 'size', 'delete'] as const) {
    const call = inner[method].bind(inner) as (...args: unknown[]) => Promise<unknown>;
    Object.assign(store, {
      [method]: async (...args: unknown[]) => {
        await pause();
        return await call(...args);
      },
    });
  }
  store.list = async function* (prefix) {
    await pause();
    yield* inner.list(prefix);
  };
  return store;
}

/** Null when it gave way to the others. */
async function orGiveWay<T>(work: Promise<T>): Promise<T | null> {
  return await work.catch((error) => {
    if (isOxbowError(error) && ['PRUNED_MEANWHILE', 'VAULT_BUSY', 'LEASE_LOST'].includes(error.code)) return null;
    throw error;
  });
}

async function rootsOf(vault: Vault, contents: string): Promise<string> {
  const { tables, files } = await readContents(await openReader(vault), { contents });
  return JSON.stringify([files, ...tables.map(({ name, tree }) => [name, tree])]);
}

describe('two backups of one site, forgetting and a prune at once', () => {
  it('lose nothing, in whatever order their calls come', { timeout: 300_000 }, async () => {
    const whole = cloneVault(start);
    const { snapshot } = await backupSite(site, whole, { full: true }, await sites.context());
    const roots = await rootsOf(whole, snapshot.contents);
    let backups = 0;
    for (let seed = 0; seed < 16; seed++) {
      const vault = cloneVault(start);
      const random = randomFrom(seed);
      const user = () => ({ ...vault, store: slowed(vault.store, random) });
      const [oldest, kept] = (await listSnapshots(vault)).snapshots;
      const keptRoots = await rootsOf(vault, kept.contents);
      const later = async <T>(work: () => Promise<T>) => {
        await sleep(random() * 250);
        return await work();
      };
      const done = await Promise.all([
        later(async () => await orGiveWay(backupSite(site, user(), {}, await sites.context()))),
        later(async () => await orGiveWay(backupSite(site, user(), { full: true }, await sites.context()))),
        later(async () => {
          await forgetSnapshots(user(), [oldest]);
          return await orGiveWay(prune(user(), { unusedShare: 0 }, await sites.context()));
        }),
      ]);
      const made = done.slice(0, 2).flatMap((one) => (one && 'snapshot' in one ? [one.snapshot] : []));
      backups += made.length;
      const expectSound = async () => {
        const { snapshots } = await listSnapshots(vault);
        expect(snapshots.map(({ id }) => id).sort(), `seed ${seed}`).toEqual([kept.id, ...made.map(({ id }) => id)].sort());
        for (const one of made) expect(await rootsOf(vault, one.contents), `seed ${seed}`).toBe(roots);
        expect(await rootsOf(vault, kept.contents), `seed ${seed}`).toBe(keptRoots);
        const { problems, damage } = await checkVault(vault, { data: 1, random: () => 0 }, await sites.context());
        expect([problems, damage], `seed ${seed}`).toEqual([[], []]);
      };
      await expectSound();
      // The next prune removes what had to wait.
      expect((await prune(vault, { unusedShare: 0 }, await sites.context())).waiting.packs).toBe(0);
      await expectSound();
    }
    // A backup that a prune did not see is done again by itself: all come through.
    expect(backups).toBeGreaterThan(28);
  });
});

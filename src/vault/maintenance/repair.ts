import type { RunContext } from '#base/run-context.ts';
import { ChunkReader } from '../chunks/chunk-reader.ts';
import { ChunkWriter } from '../chunks/chunk-writer.ts';
import { adoptPacks, loadIndex } from '../chunks/load-index.ts';
import { packKeyPath } from '../chunks/pack-format.ts';
import { updateLedger } from '../ledger/ledger.ts';
import { type Reindexed, reindex } from '../repair/reindex.ts';
import { repairLedger } from '../repair/repair-ledger.ts';
import { repairConfig, repairKeys, repairMarks, repairSnapshotObjects } from '../repair/repair-small-objects.ts';
import { findDamage, type RepairedSnapshot, refillFrom, replaceSnapshot } from '../repair/repair-snapshots.ts';
import { Repair, type RepairAction } from '../repair/repair-state.ts';
import { type Salvage, type Sound, salvagePacks } from '../repair/salvage-packs.ts';
import { listSnapshots, snapshotsPrefix } from '../snapshots/list-snapshots.ts';
import { shortId } from '../snapshots/snapshot.ts';
import { firstLedger, lockUntil, type Vault } from '../vault.ts';
import { listKeys } from '../vault-keyring.ts';
import { type LedgerVersions, readVersions } from './check-objects.ts';
import { LostChunks } from './lost-chunks.ts';
import { busy, standingWriters, underMaintainLease } from './maintain-lease.ts';
import { readMarks } from './prune-marks.ts';
import { markPacks } from './prune-sweep.ts';
import { deleteUnlessLocked, rewriteIndex } from './rewrite-index.ts';
import { type PackSurvey, surveyPacks } from './survey-packs.ts';

export interface RepairOptions {
  /** Says what would be done, and does nothing. */
  dryRun?: boolean;
  /**
   * Leaves snapshots that lost something as they are. A backup may then store again what they lack (equal content is the same chunk), and a second repair
   * finds them whole.
   */
  keepSnapshots?: boolean;
  /** A second vault with copies of the snapshots: what is lost here is taken from there. */
  from?: Vault;
  /** Watches leases of other hosts for three heartbeats, to tell which are dead. Default false. */
  watch?: boolean;
}

export interface RepairReport {
  dryRun: boolean;
  /** What was done (or would be), in order: the first ten thousand. */
  actions: RepairAction[];
  totalActions: number;
  /** Damaged packs that were taken out, and the chunks that were saved out of them. */
  packs: { damaged: number; savedChunks: number; savedBytes: number };
  /** Chunks that came back from the second vault. */
  refilledChunks: number;
  /** Snapshots that lost something that nothing could bring back. */
  snapshots: RepairedSnapshot[];
}

/**
 * Saves what can be saved and says what cannot. Whatever has a second copy is put back from it; the index and the ledger are made anew from what is
 * there; chunks that can be read are taken out of damaged packs; snapshots that lost something are replaced by ones that hold the rest and say what
 * they lack. A damaged object that nothing can be read from is set aside below aside/, never silently removed. Reads all packs. Afterwards a
 * check finds nothing (unless snapshots were kept). Interrupted at any point, it can be run again. Errors: VAULT_BUSY while a backup, prune or
 * another repair is at work; VAULT_VERSION_UNSUPPORTED when there is something in the vault that a newer Oxbow wrote; VAULT_LOCKED.
 */
export async function repairVault(vault: Vault, options: RepairOptions, context: RunContext): Promise<RepairReport> {
  return await underMaintainLease(vault, 'repair', options.watch === true, context, async (maintenance) => {
    const repair = new Repair(maintenance, options.dryRun === true);
    const [writer] = await standingWriters(maintenance);
    if (writer) throw busy(vault, writer);
    // What a newer Oxbow wrote stops the repair here, before anything is changed.
    await listSnapshots(vault);
    const versions = await readVersions(vault);
    await repairConfig(repair);
    await repairMarks(repair);
    await repairKeys(repair, versions.newest?.keys ?? null);
    await repairSnapshotObjects(repair, versions.newest ? Object.keys(versions.newest.snapshots) : null);
    const index = await reindex(repair);
    await bringLedgerInLine(repair, versions, index);
    const survey = await surveyPacks(vault, { data: 1, random: () => 0 }, context);
    const result = repair.dryRun ? await previewPacks(repair, survey) : await repairPacks(repair, survey, index, options);
    return { dryRun: repair.dryRun, actions: repair.actions, totalActions: repair.totalActions, ...result };
  });
}

async function bringLedgerInLine(repair: Repair, versions: LedgerVersions, { present, damaged }: Reindexed): Promise<void> {
  const { vault } = repair;
  const { snapshots } = await listSnapshots(vault);
  const keys = await listKeys(vault);
  const before = versions.newest;
  const there = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const gone = Object.keys(before?.snapshots ?? {}).filter((id) => !there.has(id));
  for (const id of gone)
    await repair.act(`${snapshotsPrefix}${id}`, `the snapshot ${shortId(id)} is missing and has no spare: it is lost`);
  for (const id of (before?.keys ?? []).filter((id) => !keys.includes(id)))
    await repair.act(`keys/${id}`, `the key ${id} is missing and has no spare: its passphrase does not open the vault any more`);
  const lostIndexes = new Set([...damaged, ...(before?.indexes ?? []).filter((key) => !present.includes(key))]);
  for (const key of before?.indexes ?? [])
    if (!present.includes(key)) await repair.act(key, 'an index object is damaged or missing: others say what it said');
  await repairLedger(repair, versions, (state) => {
    const known = Object.entries(state.snapshots).filter(([id]) => !gone.includes(id));
    // Where nobody can tell what was protected, everything is: a retention must not remove it.
    const fresh = snapshots
      .filter(({ id }) => !state.snapshots[id])
      .map(({ id, tags }) => [id, { tags, protected: before === null, drills: [] }] as const);
    return {
      ...state,
      snapshots: Object.fromEntries([...known, ...fresh]),
      keys: before ? state.keys.filter((id) => keys.includes(id)) : keys,
      indexes: [...new Set([...state.indexes.filter((key) => !lostIndexes.has(key)), ...present])],
    };
  });
}

type PacksResult = Pick<RepairReport, 'packs' | 'refilledChunks' | 'snapshots'>;

async function previewPacks(repair: Repair, survey: PackSurvey): Promise<PacksResult> {
  const saved = await salvagePacks(repair, survey, null);
  const { store, keys } = repair.vault;
  const reader = new ChunkReader({ store, packKey: keys.pack, index: survey.index });
  const damaged = await findDamage(repair, reader, survey.lost);
  for (const [name, what] of survey.bad) await repair.act(packKeyPath(name), `${what}: it is taken out`);
  return {
    packs: packsOf(survey, saved),
    refilledChunks: 0,
    snapshots: damaged.map(({ snapshot, damage }) => ({ damage, tags: snapshot.tags, replacedBy: null })),
  };
}

async function repairPacks(
  repair: Repair,
  survey: PackSurvey,
  { damaged: damagedIndexes }: Reindexed,
  options: RepairOptions,
): Promise<PacksResult> {
  const { vault, maintenance } = repair;
  const { store, keys } = vault;
  // Backups that begin from now on do not rely on what is about to go.
  const marks = await markPacks(maintenance, [...survey.bad.keys()], await readMarks(vault), 0);
  const [late] = await standingWriters(maintenance);
  if (late) {
    for (const { key } of marks) await store.delete(key);
    throw busy(vault, late);
  }
  const { index } = await loadIndex(store, keys.object, { without: new Set(survey.bad.keys()) });
  await adoptPacks(store, keys.pack, index, { avoid: new Set(survey.bad.keys()) });
  const writer = new ChunkWriter({ store, keys, index, put: lockUntil(vault, maintenance.context.now()) });
  const sound: Sound = { index, writer };
  try {
    const saved = await salvagePacks(repair, survey, sound);
    await writer.flush();
    const find = () => findDamage(repair, new ChunkReader({ store, packKey: keys.pack, index }), new LostChunks(index));
    let damaged = await find();
    let refilledChunks = 0;
    if (options.from && damaged.length > 0) {
      refilledChunks = await refillFrom(
        repair,
        options.from,
        damaged.map(({ snapshot }) => snapshot),
        sound,
      );
      damaged = await find();
    }
    await noteIndexes(vault, writer.indexes);
    const snapshots: RepairedSnapshot[] = [];
    for (const { snapshot, damage } of damaged) {
      const replacedBy = options.keepSnapshots ? null : await replaceSnapshot(repair, sound, snapshot, damage);
      snapshots.push({ damage, tags: snapshot.tags, replacedBy });
    }
    await takeOut(repair, survey, damagedIndexes);
    for (const { key } of marks) await store.delete(key);
    return { packs: packsOf(survey, saved), refilledChunks, snapshots };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

async function noteIndexes(vault: Vault, indexes: string[]): Promise<void> {
  if (indexes.length === 0) return;
  await updateLedger(
    vault.store,
    vault.keys.object,
    (state) => ({ ...state, indexes: [...new Set([...state.indexes, ...indexes])] }),
    firstLedger(vault),
  );
}

/** Takes damaged packs out of the index, then removes them: what could be read of them lies elsewhere. */
async function takeOut(repair: Repair, { bad, sizes }: PackSurvey, damagedIndexes: string[]): Promise<void> {
  const { maintenance, vault } = repair;
  await maintenance.lease.confirm();
  const now = maintenance.context.now();
  const drop = new Set(damagedIndexes);
  const named = await rewriteIndex(vault, { without: new Set(bad.keys()), drop, busy: true, now });
  for (const [name, what] of bad) {
    await repair.act(packKeyPath(name), `${what}: it is taken out`, async () => {
      if (sizes.has(name) && !named.has(name)) await deleteUnlessLocked(vault, packKeyPath(name));
    });
  }
}

function packsOf({ bad }: PackSurvey, { chunks, bytes }: Salvage): RepairReport['packs'] {
  return { damaged: bad.size, savedChunks: chunks, savedBytes: bytes };
}

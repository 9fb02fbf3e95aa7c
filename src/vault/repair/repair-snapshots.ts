import { throwIfCancelled } from '#base/run-context.ts';
import { ChunkReader } from '../chunks/chunk-reader.ts';
import { copyContents } from '../copy/copy-contents.ts';
import { gearTable } from '../files/fast-cdc.ts';
import { updateLedger } from '../ledger/ledger.ts';
import type { SnapshotMarks } from '../ledger/ledger-state.ts';
import { isSameOrigin, originOf } from '../maintenance/copy-snapshots.ts';
import { type Damage, damageOf, nothingKnown, orNull } from '../maintenance/damage.ts';
import type { LostChunks } from '../maintenance/lost-chunks.ts';
import { openReader } from '../read-session.ts';
import { type ListedSnapshot, listSnapshots, readContents, snapshotsPrefix } from '../snapshots/list-snapshots.ts';
import { putSnapshot } from '../snapshots/put-snapshot.ts';
import { type RepairRecord, type SnapshotHeader, shortId } from '../snapshots/snapshot.ts';
import { spareKey } from '../spares.ts';
import { boundarySeed, firstLedger, type Vault } from '../vault.ts';
import type { Repair } from './repair-state.ts';
import { salvageContents } from './salvage-contents.ts';
import type { Sound } from './salvage-packs.ts';

/** A snapshot that lost something. */
export interface RepairedSnapshot {
  damage: Damage;
  tags: string[];
  /** The snapshot that holds what could be saved; null when nothing could, or when snapshots were left as they are. */
  replacedBy: string | null;
}

/** Names of what is lost that stand in the new snapshot itself. */
const namesInRecord = 100;

/** What of each snapshot is lost. */
export async function findDamage(
  repair: Repair,
  reader: ChunkReader,
  lost: LostChunks,
): Promise<{ snapshot: ListedSnapshot; damage: Damage }[]> {
  const { vault, maintenance } = repair;
  const known = nothingKnown();
  const found: { snapshot: ListedSnapshot; damage: Damage }[] = [];
  for (const snapshot of (await listSnapshots(vault)).snapshots) {
    throwIfCancelled(maintenance.context);
    const damage = await damageOf(reader, snapshot, lost, known);
    if (damage) found.push({ snapshot, damage });
  }
  return found;
}

/**
 * Brings lost chunks back from a second vault that has a copy of the snapshot, or the snapshot that this one is a copy of. Rows and files are cut
 * here by their content alone, so the same content gives the very chunks that are missing.
 */
export async function refillFrom(repair: Repair, second: Vault, damaged: ListedSnapshot[], { writer }: Sound): Promise<number> {
  const { vault, maintenance } = repair;
  const theirs = (await listSnapshots(second)).snapshots;
  const source = await openReader(second);
  const before = writer.statistics.newChunks;
  for (const snapshot of damaged) {
    const twin = theirs.find((one) => isSameOrigin(originOf(second, one), originOf(vault, snapshot)));
    if (!twin) continue;
    const sameCut = second.keys.chunker.equals(vault.keys.chunker);
    const seed = boundarySeed(vault);
    const gear = gearTable(vault.keys.chunker);
    const copy = { source, writer, seed, gear, sameCut, base: null, context: maintenance.context };
    const copied = await orNull(async () => copyContents(copy, await readContents(source, twin)));
    if (copied) writer.put('document', Buffer.from(JSON.stringify(copied)));
    await repair.act(
      `${snapshotsPrefix}${snapshot.id}`,
      copied
        ? `what is lost of the snapshot ${shortId(snapshot.id)} is looked for in ${second.store.location}`
        : `the copy of the snapshot ${shortId(snapshot.id)} in ${second.store.location} cannot be read either`,
    );
  }
  await writer.flush();
  return writer.statistics.newChunks - before;
}

/** Puts a snapshot of what can be saved in the place of one that lost something; the old one is set aside. */
export async function replaceSnapshot(
  repair: Repair,
  { index, writer }: Sound,
  snapshot: ListedSnapshot,
  damage: Damage,
): Promise<string | null> {
  const { vault, maintenance } = repair;
  const { store } = vault;
  const key = `${snapshotsPrefix}${snapshot.id}`;
  const reader = new ChunkReader({ store, packKey: vault.keys.pack, index });
  const old = damage.whole ? null : await orNull(() => readContents(reader, snapshot));
  let id: string | null = null;
  if (old) {
    const saved = await salvageContents({ reader, writer, seed: boundarySeed(vault) }, old);
    const contents = writer.put('document', Buffer.from(JSON.stringify(saved.contents)));
    await writer.flush();
    const now = maintenance.context.now();
    const { tables } = saved.contents;
    const { id: _id, protected: isProtected, drills: _drills, copyOf: _copyOf, ...header } = snapshot;
    const replacement: SnapshotHeader = {
      ...header,
      contents,
      repaired: recordOf(damage, now),
      statistics: {
        ...snapshot.statistics,
        rows: tables.reduce((sum, table) => sum + table.tree.rows, 0),
        rowBytes: tables.reduce((sum, table) => sum + table.tree.bytes, 0),
        files: saved.files,
        fileBytes: saved.fileBytes,
      },
    };
    await maintenance.lease.confirm();
    id = await putReplacement(
      repair,
      snapshot,
      replacement,
      { tags: snapshot.tags, protected: isProtected, drills: [] },
      writer.indexes,
    );
  } else await removeFromLedger(repair, snapshot.id);
  const message = id
    ? `the snapshot ${shortId(snapshot.id)} is replaced by ${shortId(id)}, which holds what could be saved, and set aside`
    : `nothing of the snapshot ${shortId(snapshot.id)} can be read: it is set aside`;
  await repair.setAside(key, message);
  await store.delete(spareKey(key)).catch(() => {});
  return id;
}

/** One that an interrupted repair has made already is used. */
async function putReplacement(
  repair: Repair,
  { id: old }: ListedSnapshot,
  header: SnapshotHeader,
  marks: SnapshotMarks,
  indexes: string[],
): Promise<string> {
  const { vault, maintenance } = repair;
  const made = (await listSnapshots(vault)).snapshots.find((one) => one.repaired?.of === old && one.contents === header.contents);
  const { id } = made ?? (await putSnapshot(vault, header, maintenance.context.now()));
  await updateLedger(
    vault.store,
    vault.keys.object,
    (state) => {
      const { [old]: _old, ...others } = state.snapshots;
      return { ...state, indexes: [...new Set([...state.indexes, ...indexes])], snapshots: { ...others, [id]: marks } };
    },
    firstLedger(vault),
  );
  return id;
}

async function removeFromLedger({ vault }: Repair, id: string): Promise<void> {
  await updateLedger(
    vault.store,
    vault.keys.object,
    (state) => {
      const { [id]: _old, ...others } = state.snapshots;
      return { ...state, snapshots: others };
    },
    firstLedger(vault),
  );
}

function recordOf(damage: Damage, now: Date): RepairRecord {
  const { total } = damage;
  const names = [
    ...damage.rows.map(({ table, after, upTo, rows }) => `${rows} rows of ${table}, ${rangeText(after, upTo)}`),
    ...damage.fileRanges.map(({ after, upTo, files }) => `${files} files, ${rangeText(after, upTo)}`),
    ...damage.files,
    ...damage.documents.map((name) => `the document ${name}`),
  ].slice(0, namesInRecord);
  return {
    of: damage.snapshot,
    time: now.toISOString(),
    lost: { rows: total.rows, files: total.files, documents: total.documents, names },
  };
}

function rangeText(after: string | null, upTo: string | null): string {
  const key = (text: string) => text.replaceAll('\t', ', ');
  return `${after === null ? 'from the first' : `after ${key(after)}`} ${upTo === null ? 'to the last' : `up to ${key(upTo)}`}`;
}

import { createHash } from 'node:crypto';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { SiteReader } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';

/** What a reader gives, added up: rows by table, a hash over all attachments. */
export interface SiteTotals {
  rows: Record<string, number>;
  attachments: number;
  /** Sum of the hashes of the attachments, whatever their order. */
  attachmentsHash: bigint;
}

const bits = 1n << 256n;

/** Reads everything that the model knows. Memory: one batch of rows, one piece of a file. */
export async function siteTotals(reader: SiteReader, context: RunContext): Promise<SiteTotals> {
  const totals: SiteTotals = { rows: {}, attachments: 0, attachmentsHash: 0n };
  const { tables } = await reader.describe();
  for (const { name } of tables) {
    if (!tableModel(name)) continue;
    let rows = 0;
    for await (const batch of reader.rows(name)) {
      throwIfCancelled(context);
      rows += batch.count;
    }
    totals.rows[name] = rows;
    context.progress({ phase: `comparing ${name}`, done: 0, unit: 'steps' });
  }
  for await (const file of reader.attachments()) {
    throwIfCancelled(context);
    const hash = createHash('sha256').update(`${file.containerId}/${file.attachmentId}/${file.version}\n`);
    for await (const chunk of await file.open()) hash.update(chunk);
    totals.attachmentsHash = (totals.attachmentsHash + BigInt(`0x${hash.digest('hex')}`)) % bits;
    totals.attachments++;
  }
  return totals;
}

/**
 * What of `expected` is not in `found`, for people; null when all is. A table may have more rows than the backup (groups that every site has), and
 * those fewer that the restore skipped by name.
 */
export function totalsDiffer(expected: SiteTotals, found: SiteTotals, skipped: Record<string, number>): string | null {
  const missing = Object.entries(expected.rows).flatMap(([table, rows]) => {
    const lacks = rows - (skipped[table] ?? 0) - (found.rows[table] ?? 0);
    return lacks > 0 ? [`${lacks} rows of ${table}`] : [];
  });
  if (missing.length > 0) return `it lacks ${missing.slice(0, 5).join(', ')} afterwards`;
  if (expected.attachments !== found.attachments)
    return `${found.attachments} of ${expected.attachments} attachment files are there afterwards`;
  return expected.attachmentsHash === found.attachmentsHash ? null : 'attachment files are different afterwards';
}

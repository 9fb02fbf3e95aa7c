import { ExternalSorter } from '#base/external-sorter.ts';
import { MemoryBudget } from '#base/memory-budget.ts';
import type { RunContext } from '#base/run-context.ts';
import { decodeField } from '#model/copy-text.ts';
import { classesOfTable, classOfRow, referenceColumns, userColumns } from '#model/model.ts';
import type { SiteReader } from '#model/site.ts';
import type { DanglingReferences } from './inspect-report.ts';
import { joinSorted } from './join-sorted.ts';
import { ownText } from './own-text.ts';
import type { ProblemList } from './problem-list.ts';
import { columnAt, type Fields, keysOf, nullField, rowNamer, walkRows } from './walk-rows.ts';

/** Pairs of property and id that are counted in memory before they go to the sorter: many rows name the same users and spaces. */
const countedInMemory = 50_000;
/** Dangling references that are named. */
const named = 1000;

/** One column that refers to rows of another table. */
interface Edge {
  table: string;
  column: string;
  at: number;
  target: string;
  /** References by id, since the last flush. */
  counts: Map<string, number>;
  dangling: number;
  /** Some of the ids that are missing, to find the rows that name them. */
  missing: Set<string>;
}

/**
 * Finds references to rows that are not there: counts references by property and id, sorts them by the table they point at, and joins
 * them with its rows. Every reference is counted; the first by name come from a second look at the tables that hold them.
 * Memory: the budget, 50,000 counters, 1,000 ids.
 */
export class DanglingFinder {
  readonly #folder: string;
  readonly #memory: MemoryBudget;
  readonly #edges = new Map<string, Edge[]>();
  readonly #sorters = new Map<string, ExternalSorter>();
  readonly #all: Edge[] = [];

  constructor(tables: string[], folder: string, memory: number) {
    this.#folder = folder;
    this.#memory = new MemoryBudget(memory);
    for (const table of tables) this.#edges.set(table, edgesOf(table));
    for (const edges of this.#edges.values()) this.#all.push(...edges);
  }

  /** Takes the references of the rows of a table. */
  visitor(table: string): (fields: Fields) => void {
    const edges = this.#edges.get(table) ?? [];
    return (fields) => {
      for (const { at, counts } of edges) {
        const id = fields[at];
        if (id === nullField) continue;
        const count = counts.get(id);
        if (count === undefined) counts.set(ownText(id), 1);
        else counts.set(id, count + 1);
      }
    };
  }

  /** To be awaited between batches. */
  async drain(): Promise<void> {
    let size = 0;
    for (const edge of this.#all) size += edge.counts.size;
    if (size > countedInMemory) await this.#flush();
  }

  /** The dangling references by property; the first of them go to the problems by name. */
  async finish(reader: SiteReader, problems: ProblemList, context: RunContext): Promise<DanglingReferences[]> {
    await this.#flush();
    for (const [target, sorter] of this.#sorters) {
      await joinSorted(sorter.sortedBatches(), keysOf(reader, target), (id, value, match) => {
        if (match !== null) return;
        const [edge, count] = value.split(' ').map(Number);
        this.#all[edge].dangling += count;
        if (this.#all[edge].missing.size < named) this.#all[edge].missing.add(id);
      });
      await sorter.dispose();
    }
    const found = this.#all.filter((edge) => edge.dangling > 0);
    const share = Math.max(20, Math.floor(named / found.length));
    const results: DanglingReferences[] = [];
    for (const [table, edges] of Map.groupBy(found, (edge) => edge.table)) {
      results.push(...(await nameDangling(table, edges, share, reader, problems, context)));
    }
    return results.sort((a, b) => b.references - a.references);
  }

  async dispose(): Promise<void> {
    for (const sorter of this.#sorters.values()) await sorter.dispose();
  }

  async #flush(): Promise<void> {
    for (const [number, edge] of this.#all.entries()) {
      for (const [id, count] of edge.counts) {
        const key = decodeField(id) ?? '';
        const waiting = this.#sorter(edge.target).add(key, `${number} ${count}`);
        if (waiting) await waiting;
      }
      edge.counts.clear();
    }
  }

  #sorter(target: string): ExternalSorter {
    let sorter = this.#sorters.get(target);
    if (!sorter) {
      sorter = new ExternalSorter({ folder: this.#folder, name: `references-${target}`, memory: this.#memory });
      this.#sorters.set(target, sorter);
    }
    return sorter;
  }
}

function edgesOf(table: string): Edge[] {
  const edge = (column: string, target: string): Edge => ({
    table,
    column,
    at: columnAt(table, column),
    target,
    counts: new Map(),
    dangling: 0,
    missing: new Set(),
  });
  return [
    ...referenceColumns(table).map((reference) => edge(reference.column, reference.table)),
    ...userColumns(table).map((column) => edge(column, 'user_mapping')),
  ];
}

/** Names the first `share` rows of a table for each column that holds one of the missing ids, and splits the counts by class. */
async function nameDangling(
  table: string,
  edges: Edge[],
  share: number,
  reader: SiteReader,
  problems: ProblemList,
  context: RunContext,
): Promise<DanglingReferences[]> {
  const nameOf = rowNamer(table);
  const discriminator = classesOfTable(table)[0]?.discriminator;
  const kindAt = discriminator ? columnAt(table, discriminator.column) : -1;
  const holders = edges.map((edge) => ({ edge, seen: 0, byKind: new Map<string | null, number>() }));
  await walkRows(reader, table, context, (fields) => {
    for (const holder of holders) {
      const { edge, byKind } = holder;
      const field = fields[edge.at];
      if (field === nullField) continue;
      const id = decodeField(field)!;
      if (!edge.missing.has(id)) continue;
      const kind = kindAt < 0 ? null : fields[kindAt];
      byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
      if (holder.seen++ >= share) continue;
      const { property, to } = describeEdge(edge, kind);
      const message = `${property} refers to ${to} ${id}, which is not in the backup`;
      problems.add({ code: 'DANGLING_REFERENCE', message, object: nameOf(fields) });
    }
  });
  return holders.flatMap(({ edge, seen, byKind }) => {
    problems.addUnnamed('DANGLING_REFERENCE', edge.dangling - Math.min(seen, share));
    // Beyond a thousand missing ids the rest is counted under the class that has most of those looked at.
    const [most] = [...byKind].sort((a, b) => b[1] - a[1]);
    if (most) byKind.set(most[0], most[1] + edge.dangling - seen);
    return [...byKind].map(([kind, references]) => ({ ...describeEdge(edge, kind), references }));
  });
}

/** The names that the XML has for a column of a row of this kind. */
function describeEdge(edge: Edge, kind: string | null): { className: string; property: string; to: string } {
  const model = classOfRow(edge.table, kind);
  const property = model?.properties.find((p) => 'column' in p && p.column === edge.column);
  const targets = classesOfTable(edge.target);
  const className = property?.kind === 'reference' ? property.className : undefined;
  const label = targets.find((target) => target.className === className)?.label ?? targets[0]?.label ?? edge.target;
  return {
    className: model?.className ?? edge.table,
    property: property && 'name' in property ? property.name : edge.column,
    to: className === undefined && edge.target === 'content' ? 'content' : label,
  };
}

import { count } from '../../format/format.ts';
import { Rows } from '../../parts/rows.tsx';
import { texts } from '../../texts/en.ts';

const kinds = texts.report.compare.kinds;

export interface DifferenceCounts {
  added: number;
  changed: number;
  removed: number;
}

export function sumOf({ added, changed, removed }: DifferenceCounts): number {
  return added + changed + removed;
}

/** What was added, changed and removed, by name, the most first. */
export function CountsTable({ title, of }: { title: string; of: [name: string, counts: DifferenceCounts][] }) {
  if (of.length === 0) return null;
  return (
    <Rows
      label={title}
      items={[...of].sort(([, a], [, b]) => sumOf(b) - sumOf(a))}
      keyOf={([name]) => name}
      columns="minmax(8rem, 1fr) 5rem 5rem 5rem"
      least="24rem"
      height={300}
      head={[title, kinds.added, kinds.changed, kinds.removed]}
      row={([name, { added, changed, removed }]) => [name, count(added), count(changed), count(removed)]}
    />
  );
}

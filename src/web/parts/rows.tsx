// biome-ignore-all lint/a11y/useSemanticElements: rows that stand where they are put cannot be those of a table
// biome-ignore-all lint/a11y/useFocusableInteractive: it is a table to be read, with links in it, not a grid to move about in
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type ReactNode, useRef } from 'react';

interface Props<Item> {
  label: string;
  items: readonly Item[];
  keyOf: (item: Item) => string;
  /** As in grid-template-columns. */
  columns: string;
  head: readonly string[];
  /** One for each column. */
  row: (item: Item) => ReactNode[];
  /** Narrower than this it scrolls sideways in its own frame. */
  least?: string;
  height?: number;
}

const rowPixels = 38;

/** A table of which only what is in sight is drawn: ten thousand rows scroll as well as ten. To a screen reader it is a table with all of them. */
export function Rows<Item>({ label, items, keyOf, columns, head, row, least = '0', height = 560 }: Props<Item>) {
  const frame = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPixels,
    overscan: 10,
  });
  const style = { maxHeight: height, '--columns': columns, '--least': least } as CSSProperties;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="rows wide" ref={frame} tabIndex={0} style={style} aria-label={label}>
      <div role="table" aria-label={label} aria-rowcount={items.length + 1}>
        <div role="rowgroup" className="head">
          <div role="row" aria-rowindex={1}>
            {head.map((name) => (
              <span role="columnheader" key={name}>
                {name}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => (
            <div
              role="row"
              key={keyOf(items[index])}
              aria-rowindex={index + 2}
              style={{ position: 'absolute', top: start, height: rowPixels, left: 0, right: 0 }}
            >
              {row(items[index]).map((cell, column) => (
                <div role="cell" key={head[column]}>
                  {cell}
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}

import { Checkbox } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';

interface Props {
  label: string;
  items: readonly { key: string; name: string | null }[];
  chosen: readonly string[];
  onChange: (keys: string[]) => void;
}

const rowPixels = 30;

/** Things with a key and perhaps a name, each with a box; only what is in sight is drawn. */
export function PickList({ label, items, chosen, onChange }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPixels,
    overscan: 12,
  });
  const isChosen = new Set(chosen);
  const toggle = (key: string) => onChange(isChosen.has(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section ref={frame} tabIndex={0} aria-label={label} style={{ maxHeight: 240, overflow: 'auto' }}>
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const { key, name } = items[index];
          return (
            <div key={key} style={{ position: 'absolute', top: start, height: rowPixels, width: '100%' }}>
              <Checkbox
                size="sm"
                label={name === null || name === key ? key : `${name} (${key})`}
                checked={isChosen.has(key)}
                onChange={() => toggle(key)}
              />
            </div>
          );
        })}
      </div>
    </section>
  );
}

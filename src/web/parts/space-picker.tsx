import { Button, Checkbox, Group, Text, TextInput } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useRef, useState } from 'react';
import { type SiteSpace, useSpaces } from '../api/queries.ts';
import { texts } from '../texts/en.ts';
import { Loaded } from './loaded.tsx';

/** Spaces to choose from, personal ones too; ten thousand of them scroll as well as ten. */
export function SpacePicker({ site, chosen, onChange }: { site: string; chosen: string[]; onChange: (keys: string[]) => void }) {
  const [search, setSearch] = useState('');
  const spaces = useSpaces(site, useDeferredValue(search));
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
      <Group justify="space-between" mb={4}>
        <Text component="legend" size="sm" fw={500}>
          {texts.backup.pickSpaces}
        </Text>
        <Text size="xs" c="dimmed" aria-live="polite">
          {texts.backup.chosen(chosen.length)}
        </Text>
      </Group>
      <TextInput
        aria-label={texts.backup.searchSpaces}
        placeholder={texts.backup.searchSpaces}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        mb="xs"
      />
      <Loaded of={spaces}>
        {(found) => (
          <>
            <Group gap="sm" mb={4}>
              <Button
                size="compact-xs"
                variant="subtle"
                disabled={found.length === 0}
                onClick={() => onChange([...new Set([...chosen, ...found.map(({ key }) => key)])])}
              >
                {texts.backup.selectFound(found.length)}
              </Button>
              <Button size="compact-xs" variant="subtle" disabled={chosen.length === 0} onClick={() => onChange([])}>
                {texts.backup.clearChosen}
              </Button>
            </Group>
            <List
              spaces={found}
              chosen={chosen}
              toggle={(key) => onChange(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key])}
            />
          </>
        )}
      </Loaded>
    </fieldset>
  );
}

function List({ spaces, chosen, toggle }: { spaces: SiteSpace[]; chosen: string[]; toggle: (key: string) => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: spaces.length,
    getScrollElement: () => frame.current,
    estimateSize: () => 30,
    overscan: 12,
  });
  const isChosen = new Set(chosen);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section ref={frame} tabIndex={0} aria-label={texts.backup.pickSpaces} style={{ maxHeight: 240, overflow: 'auto' }}>
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const { key, name } = spaces[index];
          return (
            <div key={key} style={{ position: 'absolute', top: start, height: 30, width: '100%' }}>
              <Checkbox
                size="sm"
                label={name === key ? key : `${name} (${key})`}
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

import { Button, Group, Text, TextInput } from '@mantine/core';
import { useDeferredValue, useState } from 'react';
import { useSpaces } from '../api/queries.ts';
import { texts } from '../texts/en.ts';
import { Loaded } from './loaded.tsx';
import { PickList } from './pick-list.tsx';

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
            <PickList label={texts.backup.pickSpaces} items={found} chosen={chosen} onChange={onChange} />
          </>
        )}
      </Loaded>
    </fieldset>
  );
}

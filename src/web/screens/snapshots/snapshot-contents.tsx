import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDeferredValue, useState } from 'react';
import type { SnapshotDetails } from '#server/contract/vault-contract.ts';
import { Empty } from '../../parts/empty.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Rows } from '../../parts/rows.tsx';
import { texts } from '../../texts/en.ts';
import { SpaceContent } from './space-content.tsx';

const t = texts.snapshots;

/** The spaces of a snapshot; one opens with its pages and attachments. */
export function SnapshotContents({ details: { snapshot, spaces } }: { details: SnapshotDetails }) {
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const word = useDeferredValue(search).trim().toLowerCase();
  const found = spaces.filter(({ key, name }) => `${key} ${name ?? ''}`.toLowerCase().includes(word));
  const chosen = spaces.find(({ key }) => key === open);
  return (
    <>
      <Panel
        title={t.spacesIn(spaces.length)}
        side={
          <TextInput
            size="xs"
            aria-label={t.searchSpaces}
            placeholder={t.searchSpaces}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        }
      >
        {found.length === 0 ? (
          <Empty icon="spaces" text={spaces.length === 0 ? texts.common.none : t.nothingInside} />
        ) : (
          <Rows
            label={t.spaces}
            items={found}
            keyOf={({ key }) => key}
            columns="minmax(10rem, 1fr) 8rem"
            head={[t.spaces, texts.common.actions]}
            height={320}
            row={({ key, name }) => [
              <Text key="name" size="sm" truncate title={name ?? key}>
                {name && name !== key ? `${name} (${key})` : key}
              </Text>,
              <Group key="do" gap="xs" wrap="nowrap">
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={`${t.openSpace}: ${key}`}
                  aria-pressed={open === key}
                  onClick={() => setOpen(open === key ? null : key)}
                >
                  {t.openSpace}
                </Button>
              </Group>,
            ]}
          />
        )}
      </Panel>
      {chosen ? (
        <Panel title={t.insideOf(chosen.name ?? chosen.key)}>
          <Stack>
            <SpaceContent key={chosen.key} snapshot={snapshot} spaceKey={chosen.key} />
          </Stack>
        </Panel>
      ) : null}
    </>
  );
}

import { Anchor, Button, Group, TextInput } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { api, query } from '../api/client.ts';
import { count } from '../format/format.ts';
import { Empty } from '../parts/empty.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Panel } from '../parts/panel.tsx';
import { Rows } from '../parts/rows.tsx';
import { texts } from '../texts/en.ts';

const t = texts.task;
const pageSize = 500;

interface SkippedRecord {
  id: string;
  code: string;
  object: string;
  reason: string;
}

/** Records that were left out, each with its reason; page by page, and all of them as a file. */
export function TaskSkipped({ id, total }: { id: string; total: number }) {
  const [typed, setSearch] = useState('');
  const search = useDeferredValue(typed);
  const skipped = useInfiniteQuery({
    queryKey: ['skipped', id, search],
    queryFn: ({ pageParam }) =>
      api<SkippedRecord[]>(`/api/jobs/${id}/skipped${query({ search, limit: pageSize, after: pageParam })}`),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.length < pageSize ? undefined : page.at(-1)?.id),
    placeholderData: keepPreviousData,
  });
  return (
    <Panel
      title={`${t.skippedTitle} (${count(total)})`}
      side={
        <Group>
          <TextInput
            aria-label={texts.common.search}
            placeholder={texts.common.search}
            value={typed}
            onChange={(event) => setSearch(event.currentTarget.value)}
            size="xs"
          />
          <Anchor href={`/api/jobs/${id}/skipped.csv`} download size="sm">
            {t.csv}
          </Anchor>
        </Group>
      }
    >
      <Loaded of={skipped}>
        {({ pages }) => {
          const found = pages.flat();
          if (found.length === 0) return <Empty text={t.noSkipped} />;
          return (
            <>
              <Rows
                label={t.skippedTitle}
                items={found}
                keyOf={(one) => one.id}
                columns="minmax(14rem, 1fr) minmax(16rem, 2fr)"
                least="34rem"
                height={360}
                head={[t.record, t.reason]}
                row={({ object, reason }) => [
                  <span key="o" title={object}>
                    {object}
                  </span>,
                  <span key="r" title={reason}>
                    {reason}
                  </span>,
                ]}
              />
              {skipped.hasNextPage ? (
                <Button
                  mt="sm"
                  size="xs"
                  variant="default"
                  loading={skipped.isFetchingNextPage}
                  onClick={() => void skipped.fetchNextPage()}
                >
                  {texts.common.more}
                </Button>
              ) : null}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}

import { Anchor, Button, Group, Paper, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import type { ContentAnswer, SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { api, download, query } from '../../api/client.ts';
import { Empty } from '../../parts/empty.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Waiting } from '../../parts/loaded.tsx';
import { Rows } from '../../parts/rows.tsx';
import { texts } from '../../texts/en.ts';
import { PageSource } from './page-source.tsx';

const t = texts.snapshots;

/** Pages or attachments of a space as they were, searched by title; a page opens, an attachment is downloaded. */
export function SpaceContent({ snapshot, spaceKey }: { snapshot: SnapshotAnswer; spaceKey: string }) {
  const { vault, id, site } = snapshot;
  const [kind, setKind] = useState<'pages' | 'attachments'>('pages');
  const [search, setSearch] = useState('');
  const word = useDeferredValue(search.trim());
  const [open, setOpen] = useState<string | null>(null);
  const path = `/api/vaults/${vault}/snapshots/${id}`;
  const content = useInfiniteQuery({
    queryKey: ['content', vault, id, spaceKey, kind, word],
    queryFn: ({ pageParam }) =>
      api<ContentAnswer>(
        `${path}/spaces/${encodeURIComponent(spaceKey)}/content${query({ kind, search: word, after: pageParam, limit: 200 })}`,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    // What was found before stays while one types, but pages are no attachments.
    placeholderData: (before, asked) => (asked?.queryKey[4] === kind ? before : undefined),
    // A snapshot never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const take = useMutation({ mutationFn: download });
  const items = content.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack>
      <Group gap="sm">
        <SegmentedControl
          aria-label={t.kind}
          size="xs"
          value={kind}
          onChange={(value) => {
            setKind(value as 'pages');
            setOpen(null);
          }}
          data={[
            { value: 'pages', label: t.pages },
            { value: 'attachments', label: t.attachments },
          ]}
        />
        <TextInput
          size="xs"
          aria-label={t.searchTitles}
          placeholder={t.searchTitles}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Anchor component={Link} to="/restore" search={{ site, vault, snapshot: id, space: spaceKey } as never} size="sm">
          {t.restoreSpace}
        </Anchor>
      </Group>
      {content.isError ? <Failure error={content.error} retry={() => void content.refetch()} /> : null}
      {take.isError ? <Failure error={take.error} /> : null}
      {content.isPending ? <Waiting /> : null}
      {content.data && items.length === 0 && !content.hasNextPage ? <Empty icon="empty" text={t.nothingInside} /> : null}
      {items.length > 0 ? (
        <Rows
          label={kind === 'pages' ? t.pages : t.attachments}
          items={items}
          keyOf={(one) => one.id}
          columns="minmax(12rem, 1fr) 8rem 5rem"
          least="28rem"
          height={380}
          head={[t.titleOf, t.kind, t.contentVersion]}
          row={(one) => [
            kind === 'pages' ? (
              <Button
                key="title"
                variant="transparent"
                size="compact-sm"
                className="row-link"
                aria-expanded={open === one.id}
                onClick={() => setOpen(open === one.id ? null : one.id)}
              >
                {one.title ?? one.id}
              </Button>
            ) : (
              <Button
                key="title"
                variant="transparent"
                size="compact-sm"
                className="row-link"
                aria-label={`${texts.task.download}: ${one.title ?? one.id}`}
                onClick={() => take.mutate(`${path}/attachments/${one.id}`)}
              >
                {one.title ?? one.id}
              </Button>
            ),
            t.kinds[one.type ?? ''] ?? one.type ?? '',
            one.version ?? '',
          ]}
        />
      ) : null}
      {content.hasNextPage ? (
        <Group>
          <Button size="xs" variant="default" loading={content.isFetchingNextPage} onClick={() => void content.fetchNextPage()}>
            {texts.common.more}
          </Button>
          <Text size="xs" c="dimmed">
            {items.length}
          </Text>
        </Group>
      ) : null}
      {open ? (
        <Paper>
          <PageSource key={open} path={`${path}/pages/${open}`} />
        </Paper>
      ) : null}
    </Stack>
  );
}

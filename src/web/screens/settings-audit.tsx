import { Button, Group, TextInput } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import type { AuditLineAnswer } from '#server/contract/auth-contract.ts';
import { api, query } from '../api/client.ts';
import { useChange } from '../api/queries.ts';
import { dateTime } from '../format/format.ts';
import { Empty } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Panel } from '../parts/panel.tsx';
import { Rows } from '../parts/rows.tsx';
import { State } from '../parts/state.tsx';
import { texts } from '../texts/en.ts';

const t = texts.settings;
const pageSize = 500;

/** Who did what, the newest first; and whether the log is still what was written. */
export function Audit() {
  const [typed, setTyped] = useState({ actor: '', action: '' });
  const wanted = useDeferredValue(typed);
  const lines = useInfiniteQuery({
    queryKey: ['audit', wanted],
    queryFn: ({ pageParam }) => api<AuditLineAnswer[]>(`/api/audit${query({ ...wanted, before: pageParam, limit: pageSize })}`),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.length < pageSize ? undefined : page.at(-1)?.id),
    placeholderData: keepPreviousData,
  });
  const verify = useChange((_: object) => api<{ ok: boolean; firstWrong: string | null }>('/api/audit/verify'));
  return (
    <Panel
      title={t.audit}
      side={
        <Group gap="sm">
          {verify.data ? (
            <State tone={verify.data.ok ? 'ok' : 'failed'}>
              {verify.data.ok ? t.auditSound : t.auditWrong(verify.data.firstWrong ?? '')}
            </State>
          ) : null}
          <Button size="xs" variant="default" loading={verify.isPending} onClick={() => verify.mutate({})}>
            {t.verify}
          </Button>
        </Group>
      }
    >
      {verify.isError ? <Failure error={verify.error} /> : null}
      <Group mb="sm" gap="sm">
        {(['actor', 'action'] as const).map((name) => (
          <TextInput
            key={name}
            size="xs"
            aria-label={t[name]}
            placeholder={t[name]}
            value={typed[name]}
            onChange={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
          />
        ))}
      </Group>
      <Loaded of={lines}>
        {({ pages }) => {
          const all = pages.flat();
          if (all.length === 0) return <Empty text={t.noAudit} />;
          return (
            <>
              <Rows
                label={t.audit}
                items={all}
                keyOf={({ id }) => id}
                columns="10.5rem minmax(8rem, 1fr) minmax(8rem, 1fr) minmax(12rem, 2fr) 9rem"
                least="52rem"
                head={[t.time, t.actor, t.action, t.object, t.address]}
                row={(line) => [
                  dateTime(line.time),
                  `${line.actor} (${line.realm})`,
                  line.action,
                  <span key="object" title={JSON.stringify(line.details)}>
                    {[line.site, line.object].filter(Boolean).join(': ')}
                  </span>,
                  line.address ?? '',
                ]}
              />
              {lines.hasNextPage ? (
                <Button
                  mt="sm"
                  size="xs"
                  variant="default"
                  loading={lines.isFetchingNextPage}
                  onClick={() => void lines.fetchNextPage()}
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

import { Skeleton, Stack } from '@mantine/core';
import { type UseQueryResult, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { texts } from '../texts/en.ts';
import { Failure } from './failure.tsx';

/** What a question to the server shows: waiting, an error, or what came. What came before stays while it is asked again. */
export function Loaded<T>({ of, children }: { of: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const client = useQueryClient();
  // What else failed on this screen has failed for the same reason.
  const retry = () => void client.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' });
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.isError) return <Failure error={of.error} retry={retry} />;
  return <Waiting />;
}

export function Waiting() {
  return (
    <Stack gap="xs" role="status" aria-label={texts.common.loading}>
      <Skeleton height={14} width="60%" />
      <Skeleton height={14} width="85%" />
      <Skeleton height={14} width="40%" />
    </Stack>
  );
}

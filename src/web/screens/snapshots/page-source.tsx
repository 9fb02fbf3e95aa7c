import { Code, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { SnapshotPage } from '#server/contract/vault-contract.ts';
import { api } from '../../api/client.ts';
import { count } from '../../format/format.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.snapshots;
/** Characters of a body that are shown: a browser grows slow with more. */
const most = 100_000;

/** A page as it was: its title and the source of its body, as text. */
export function PageSource({ path }: { path: string }) {
  const page = useQuery({
    queryKey: ['content', path],
    queryFn: () => api<SnapshotPage>(path),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Loaded of={page}>
      {({ title, bodies }) => {
        const shown = bodies.flatMap(({ id, body }) => (body === null ? [] : [{ id, body }]));
        return (
          <Stack gap="xs">
            <Text size="sm" fw={600}>
              {title}
            </Text>
            {shown.length === 0 ? <Text size="sm">{t.noBody}</Text> : null}
            {shown.map(({ id, body }) => (
              <div key={id}>
                <Code block tabIndex={0} aria-label={t.source} className="page-source">
                  {body.slice(0, most)}
                </Code>
                {body.length > most ? (
                  <Text size="xs" c="dimmed">
                    {t.longBody(count(most), count(body.length))}
                  </Text>
                ) : null}
              </div>
            ))}
          </Stack>
        );
      }}
    </Loaded>
  );
}

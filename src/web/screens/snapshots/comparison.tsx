import { Anchor, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useJob } from '../../api/queries.ts';
import { dateTime } from '../../format/format.ts';
import { JobProgress } from '../../parts/job-table.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';
import type { Compared } from '../report/compare.tsx';
import { CountsTable, type DifferenceCounts, sumOf } from '../report/counts-table.tsx';

const t = texts.snapshots;

/** A comparison as it goes on, then in numbers: by space and by kind. */
export function Comparison({ id }: { id: string }) {
  const job = useJob(id);
  return (
    <Loaded of={job}>
      {(found) => {
        const result = found.result as Compared | null;
        if (found.error) return <State tone="failed">{found.error.message}</State>;
        if (!result)
          return (
            <div role="status">
              <Text size="sm">{t.comparing}</Text>
              <JobProgress job={found} />
            </div>
          );
        return (
          <Stack>
            <Group gap="sm">
              <Text size="sm">{result.equal ? t.equal : t.since(result.before ?? '', result.after ?? '')}</Text>
              <Text size="xs" c="dimmed">
                {dateTime(found.createdOn)}
              </Text>
              <Anchor component={Link} to={`/jobs/${id}`} size="sm">
                {t.wholeReport}
              </Anchor>
            </Group>
            {result.equal ? null : (
              <SimpleGrid cols={{ base: 1, md: 2 }}>
                <CountsTable
                  title={t.perSpace}
                  of={Object.entries(result.spaces ?? {}).map(([key, counts]) => [key === '' ? t.noSpace : key, counts])}
                />
                <CountsTable
                  title={t.perKind}
                  of={[
                    ...(result.files && sumOf(result.files) > 0
                      ? [[t.filesChanged, result.files] as [string, DifferenceCounts]]
                      : []),
                    ...Object.entries(result.tables ?? {}),
                  ]}
                />
              </SimpleGrid>
            )}
          </Stack>
        );
      }}
    </Loaded>
  );
}

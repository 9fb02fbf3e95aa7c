import { Anchor, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useJob } from '../../api/queries.ts';
import { count, dateTime } from '../../format/format.ts';
import { JobProgress } from '../../parts/job-table.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Rows } from '../../parts/rows.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.snapshots;

interface Counts {
  added: number;
  changed: number;
  removed: number;
}

/** What is read of the result of a comparison. */
interface Compared {
  before?: string;
  after?: string;
  equal?: boolean;
  tables?: Record<string, Counts>;
  spaces?: Record<string, Counts>;
  files?: Counts;
}

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
                <Table
                  title={t.perSpace}
                  of={Object.entries(result.spaces ?? {}).map(([key, counts]) => [key === '' ? t.noSpace : key, counts])}
                />
                <Table
                  title={t.perKind}
                  of={[
                    ...(result.files && sum(result.files) > 0 ? [[t.filesChanged, result.files] as [string, Counts]] : []),
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

function sum({ added, changed, removed }: Counts): number {
  return added + changed + removed;
}

function Table({ title, of }: { title: string; of: [name: string, counts: Counts][] }) {
  const most = [...of].sort(([, a], [, b]) => sum(b) - sum(a));
  return (
    <Rows
      label={title}
      items={most}
      keyOf={([name]) => name}
      columns="minmax(8rem, 1fr) 5rem 5rem 5rem"
      least="24rem"
      height={300}
      head={[title, t.of.added, t.of.changed, t.of.removed]}
      row={([name, { added, changed, removed }]) => [name, count(added), count(changed), count(removed)]}
    />
  );
}

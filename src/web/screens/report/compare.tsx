import { Group, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { count } from '../../format/format.ts';
import { Facts } from '../../parts/facts.tsx';
import { Rows } from '../../parts/rows.tsx';
import { texts } from '../../texts/en.ts';
import { CountsTable, type DifferenceCounts, sumOf } from './counts-table.tsx';

const t = texts.report.compare;
/** As many pages, and as many files, are named by the engine. */
const namedAtMost = 1000;
const nothing: DifferenceCounts = { added: 0, changed: 0, removed: 0 };

interface Named {
  kind: string;
  object: string;
  space: string | null;
}

/** What is read of a comparison. */
export interface Compared {
  before?: string;
  after?: string;
  equal?: boolean;
  tables?: Record<string, DifferenceCounts>;
  tablesAdded?: string[];
  tablesRemoved?: string[];
  tablesReshaped?: string[];
  spaces?: Record<string, DifferenceCounts>;
  files?: DifferenceCounts;
  content?: Named[];
  filesNamed?: { kind: string; path: string }[];
}

export function CompareReportView({ job }: { job: JobDetails }) {
  return <Differences of={(job.result ?? {}) as Compared} />;
}

/** In numbers, by space and table, then by name as far as differences are named. */
export function Differences({ of }: { of: Compared }) {
  const { before = '', after = '', tables = {}, spaces = {}, files = nothing } = of;
  if (of.equal) return <Text size="sm">{t.equal(before, after)}</Text>;
  const rows = Object.values(tables).reduce(
    (sum, one) => ({ added: sum.added + one.added, changed: sum.changed + one.changed, removed: sum.removed + one.removed }),
    nothing,
  );
  return (
    <Stack>
      <Text size="sm">{t.different(before, after)}</Text>
      <Facts
        of={[
          [t.rows, wordsOf(rows)],
          [t.files, wordsOf(files)],
        ]}
      />
      {of.tablesReshaped?.length ? <Text size="sm">{t.reshaped(of.tablesReshaped.join(', '))}</Text> : null}
      {of.tablesAdded?.length ? <Text size="sm">{t.onlyAfter(of.tablesAdded.join(', '))}</Text> : null}
      {of.tablesRemoved?.length ? <Text size="sm">{t.onlyBefore(of.tablesRemoved.join(', '))}</Text> : null}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <CountsTable
          title={t.perSpace}
          of={Object.entries(spaces).map(([key, counts]) => [key === '' ? t.noSpace : key, counts])}
        />
        <CountsTable title={t.perTable} of={Object.entries(tables)} />
      </SimpleGrid>
      <ByName of={of} files={files} />
    </Stack>
  );
}

function wordsOf({ added, changed, removed }: DifferenceCounts): string {
  return t.counts(count(added), count(changed), count(removed));
}

function ByName({ of: { content, filesNamed }, files }: { of: Compared; files: DifferenceCounts }) {
  const [kind, setKind] = useState<string>('all');
  const [search, setSearch] = useState('');
  const word = useDeferredValue(search).trim().toLowerCase();
  const all = useMemo(
    () => [...(content ?? []), ...(filesNamed ?? []).map(({ kind: of, path }) => ({ kind: of, object: path, space: null }))],
    [content, filesNamed],
  );
  if (all.length === 0) return null;
  const found = all.filter(
    (one) => (kind === 'all' || one.kind === kind) && `${one.object} ${one.space ?? ''}`.toLowerCase().includes(word),
  );
  const isCut = (content?.length ?? 0) >= namedAtMost || sumOf(files) > (filesNamed?.length ?? 0);
  return (
    <div>
      <Group gap="sm" mb="xs" align="flex-end">
        <h3>{t.byName}</h3>
        <Select
          size="xs"
          aria-label={texts.report.what}
          data={[
            { value: 'all', label: texts.report.all },
            ...Object.entries(t.kinds).map(([value, label]) => ({ value, label })),
          ]}
          value={kind}
          onChange={(value) => setKind(value ?? 'all')}
          allowDeselect={false}
        />
        <TextInput
          size="xs"
          aria-label={texts.report.search}
          placeholder={texts.report.search}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Text size="xs" c="dimmed" aria-live="polite">
          {count(found.length)}
        </Text>
      </Group>
      {found.length === 0 ? (
        <Text size="sm">{texts.report.noMatch}</Text>
      ) : (
        <Rows
          label={t.byName}
          items={found}
          keyOf={({ kind: of, object, space }) => `${of} ${object} ${space ?? ''}`}
          columns="6rem minmax(14rem, 1fr) 8rem"
          least="32rem"
          height={380}
          head={[texts.report.what, t.object, texts.report.space]}
          row={({ kind: of, object, space }) => [
            t.kinds[of] ?? of,
            <span key="object" title={object}>
              {object}
            </span>,
            space ?? '',
          ]}
        />
      )}
      {isCut ? (
        <Text size="xs" c="dimmed" mt={4}>
          {t.cut}
        </Text>
      ) : null}
    </div>
  );
}

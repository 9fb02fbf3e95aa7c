import { Code, List, Stack, Table, Text } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes, count } from '../format/format.ts';
import { Facts } from '../parts/facts.tsx';
import { Panel } from '../parts/panel.tsx';
import { texts } from '../texts/en.ts';

const t = texts.report;

/** What is shown of the report of a restore; the whole of it can be unfolded. */
interface RestoreReport {
  outcome: 'plan' | 'restored';
  backup?: { createdByVersion?: string | null; createdByBuild?: number | null; date?: string | null };
  spaces?: { key: string; name: string | null; action: 'restore' | 'replace' | 'skip'; as?: string; reason?: string }[];
  users?: { total: number; byKey: number; byName: number; byEmail: number; byMapping: number; created: number };
  groupsMissing?: string[];
  attachments?: { files: number; bytes: number };
  warnings?: { code: string; count: number; message?: string }[] | number;
  previous?: string | null;
  safetyBackup?: string | null;
}

/** Whether the report is of a restore, done or planned. */
export function isOfRestore({ result }: JobDetails): boolean {
  const { outcome } = (result ?? {}) as Partial<RestoreReport>;
  return outcome === 'plan' || outcome === 'restored';
}

/** What the work reported: a plan or a restore in words and numbers, and everything as it is for those who want to know. */
export function TaskReport({ job }: { job: JobDetails }) {
  const result = job.result as Partial<RestoreReport>;
  return (
    <Panel title={result.outcome === 'plan' ? t.plan : texts.task.result}>
      <Stack>
        {isOfRestore(job) ? <Restore report={result as RestoreReport} job={job} /> : null}
        <details>
          <summary>{t.everything}</summary>
          <Code block mt="sm" style={{ maxHeight: 400, overflow: 'auto' }} tabIndex={0} aria-label={t.everything}>
            {JSON.stringify(job.result, null, 2)}
          </Code>
        </details>
      </Stack>
    </Panel>
  );
}

function Restore({ report, job }: { report: RestoreReport; job: JobDetails }) {
  const { users, attachments, groupsMissing = [], spaces = [], warnings } = report;
  const isPlan = report.outcome === 'plan';
  return (
    <>
      <Text size="sm">{isPlan ? t.nothingWritten : t.written}</Text>
      <Facts
        of={[
          [t.records, count(job.records.processed)],
          [t.spaces, count(spaces.length)],
          [t.attachments, attachments ? `${count(attachments.files)} (${bytes(attachments.bytes)})` : null],
          [t.users, users && users.total > 0 ? t.usersFound(users.total, users.total - users.created, users.created) : null],
          [t.version, report.backup?.createdByVersion ?? null],
          [t.safety, report.safetyBackup ?? null],
        ]}
      />
      {groupsMissing.length > 0 ? <Text size="sm">{t.groupsMissing(groupsMissing.join(', '))}</Text> : null}
      {Array.isArray(warnings) && warnings.length > 0 ? (
        <List size="sm" aria-label={texts.task.warnings}>
          {warnings.map(({ code, count: times, message }) => (
            <List.Item key={code}>{`${message ?? code} (${count(times)})`}</List.Item>
          ))}
        </List>
      ) : null}
      {spaces.length > 0 ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className="wide" tabIndex={0} aria-label={t.spaces} style={{ maxHeight: 320, overflow: 'auto' }}>
          <Table aria-label={t.spaces}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t.space}</Table.Th>
                <Table.Th>{t.action}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {spaces.slice(0, 1000).map(({ key, name, action, as, reason }) => (
                <Table.Tr key={key}>
                  <Table.Td>{name && name !== key ? `${name} (${key})` : key}</Table.Td>
                  <Table.Td>{[t.actions[action], as ? t.asKey(as) : '', reason ?? ''].filter(Boolean).join('; ')}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      ) : null}
    </>
  );
}

import { Anchor, Code, Group, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes } from '../../format/format.ts';
import { texts } from '../../texts/en.ts';

const t = texts.report;
/** Characters that are shown: a browser grows slow with more. */
const most = 100_000;

/** The report as it is, cut where it is long; all of it comes from the API. */
export function Everything({ job }: { job: JobDetails }) {
  const [isOpen, setOpen] = useState(false);
  const text = useMemo(() => (isOpen ? JSON.stringify(job.result, null, 2) : ''), [isOpen, job.result]);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.everything}</summary>
      <Code block mt="sm" style={{ maxHeight: 400, overflow: 'auto' }} tabIndex={0} aria-label={t.everything}>
        {text.slice(0, most)}
      </Code>
      <Group gap="sm" mt="xs">
        {text.length > most ? <Text size="xs">{t.cut(bytes(most), bytes(text.length))}</Text> : null}
        <Anchor href={`/api/jobs/${job.id}`} size="xs">
          {t.asFile}
        </Anchor>
      </Group>
    </details>
  );
}

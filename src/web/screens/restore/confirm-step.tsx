import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { useStartJob } from '../../api/queries.ts';
import { count } from '../../format/format.ts';
import { Failure } from '../../parts/failure.tsx';
import { texts } from '../../texts/en.ts';
import { requestOf, siteOf } from './draft.ts';
import { planNumbers } from './plan-numbers.ts';
import type { StepProps } from './step-props.ts';

const t = texts.restore;

/** What will happen, in numbers, and the button. What replaces a site must be meant: its name is typed. */
export function ConfirmStep({ draft, plan }: StepProps & { plan: JobDetails }) {
  const [typed, setTyped] = useState('');
  const start = useStartJob();
  const navigate = useNavigate();
  const site = siteOf(draft);
  const isSite = draft.scope === 'SITE';
  const { records, files, added, replaced, left, isEmptyTarget } = planNumbers(plan.result);
  const needsWord = isSite && !isEmptyTarget;
  const go = () => start.mutate(requestOf(draft, false)!, { onSuccess: ({ id }) => void navigate({ to: `/jobs/${id}` }) });
  return (
    <Stack>
      {start.isError ? <Failure error={start.error} /> : null}
      <Alert color={needsWord || replaced > 0 ? 'red' : 'blue'}>
        <Stack gap="xs">
          {isSite ? (
            <Text size="sm">{isEmptyTarget ? t.intoEmpty(site) : t.wholeReplaced(site)}</Text>
          ) : (
            <Text size="sm">{`${t.spacesWritten(added, replaced, left)}.`}</Text>
          )}
          <Text size="sm">{t.inNumbers(count(records), count(files))}</Text>
          {needsWord ? <Text size="sm">{t.stopFirst(site)}</Text> : null}
          <Text size="sm">{t.allOrNothing}</Text>
        </Stack>
      </Alert>
      {needsWord ? (
        <TextInput
          label={t.typeName(site)}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          maw={320}
        />
      ) : null}
      <Group>
        <Button
          color={needsWord || replaced > 0 ? 'red' : undefined}
          disabled={needsWord && typed !== site}
          loading={start.isPending}
          onClick={go}
        >
          {t.run}
        </Button>
      </Group>
    </Stack>
  );
}

import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useStartJob } from '../../api/queries.ts';
import { count } from '../../format/format.ts';
import { Failure } from '../../parts/failure.tsx';
import { texts } from '../../texts/en.ts';
import { requestOf, siteOf } from './draft.ts';
import { planNumbers } from './plan-numbers.ts';
import type { StepProps } from './step-props.ts';
import type { Plan } from './use-plan.ts';

const t = texts.restore;

/** What will happen, in numbers, and the button. What replaces a site must be meant: its name is typed. */
export function ConfirmStep({ draft, plan, back }: StepProps & { plan: Plan; back: () => void }) {
  const [typed, setTyped] = useState('');
  const start = useStartJob();
  const navigate = useNavigate();
  const site = siteOf(draft);
  const isSite = draft.scope === 'SITE';
  const { records, files, added, replaced, left, isEmptyTarget } = planNumbers(plan.job?.result);
  const isEmpty = isEmptyTarget || plan.madeSandbox === site;
  const needsWord = isSite && !isEmpty;
  const go = () => start.mutate(requestOf(draft, false)!, { onSuccess: ({ id }) => void navigate({ to: `/jobs/${id}` }) });
  return (
    <Stack>
      {start.isError ? <Failure error={start.error} /> : null}
      <Alert color={needsWord || replaced > 0 ? 'red' : 'blue'}>
        <Stack gap="xs">
          {isSite ? (
            <Text size="sm">{isEmpty ? t.intoEmpty(site) : t.wholeReplaced(site)}</Text>
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
      <Group justify="space-between" mt="md">
        <Button variant="default" onClick={back}>
          {t.back}
        </Button>
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

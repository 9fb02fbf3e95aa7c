import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Diagnosis, SiteAnswer } from '#server/contract/site-contract.ts';
import { api } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { Failure } from '../../parts/failure.tsx';
import { texts } from '../../texts/en.ts';
import { AddSite } from '../add-site.tsx';
import { DiagnosisSteps } from '../diagnosis-steps.tsx';
import type { Guided } from './use-guide.ts';

const t = texts.firstRun;

interface Props {
  guided: Guided;
  mayAdd: boolean;
  goOn: () => void;
  /** Keeps this step open when it is done: what was just added is tested first. */
  stay: () => void;
}

/** The site that is there, or one's own; and whether everything that a backup needs can be reached. */
export function SiteStep({ guided: { state, known, chooseSite }, mayAdd, goOn, stay }: Props) {
  const [isAdding, add] = useState(false);
  const test = useChange((name: string) => api<Diagnosis>(`/api/sites/${name}/test`, { body: {} }));
  const { site } = state;
  const take = (name: string) => {
    chooseSite(name);
    test.mutate(name);
  };
  return (
    <Stack gap="sm">
      <Text size="sm">{t.site.help}</Text>
      {site !== null ? <About site={site} /> : null}
      {site !== null && known.sites.length > 1 ? (
        <NativeSelect
          label={t.site.which}
          value={site}
          onChange={(event) => {
            test.reset();
            chooseSite(event.currentTarget.value);
          }}
          data={known.sites.map(({ name }) => name)}
          maw={320}
        />
      ) : null}
      {test.isError ? <Failure error={test.error} /> : null}
      {test.data ? <DiagnosisSteps of={test.data} /> : null}
      <Group>
        {site !== null ? (
          <>
            <Button onClick={goOn}>{t.goOn}</Button>
            <Button variant="default" loading={test.isPending} onClick={() => test.mutate(site)}>
              {t.site.connection}
            </Button>
          </>
        ) : null}
        {mayAdd ? (
          <Button
            variant={site === null ? 'filled' : 'default'}
            onClick={() => {
              stay();
              add(true);
            }}
          >
            {t.site.own}
          </Button>
        ) : null}
      </Group>
      {site === null && !mayAdd ? (
        <Text size="sm" c="dimmed">
          {t.forAdministrator}
        </Text>
      ) : null}
      {isAdding ? <AddSite onClose={() => add(false)} onAdded={take} /> : null}
    </Stack>
  );
}

function About({ site }: { site: string }) {
  const { data } = useQuery({ queryKey: ['sites', site], queryFn: () => api<SiteAnswer>(`/api/sites/${site}`) });
  return data?.sandbox ? <Text size="sm">{t.site.sandbox(site)}</Text> : null;
}

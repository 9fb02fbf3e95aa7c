import { Button, Group, Stack } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobRequestBody } from '#server/contract/job-contract.ts';
import type { SnapshotAnswer, SnapshotDetails } from '#server/contract/vault-contract.ts';
import { api } from '../../api/client.ts';
import { useChange, useMe, useStartJob } from '../../api/queries.ts';
import { bytes, count } from '../../format/format.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Failure } from '../../parts/failure.tsx';
import { texts } from '../../texts/en.ts';
import { ExportForm } from './export-form.tsx';

const t = texts.snapshots;

/** Restore, prove, export, keep, forget. What works on a vault is for who administers the server. */
export function SnapshotActions({ snapshot, spaces }: { snapshot: SnapshotAnswer; spaces: SnapshotDetails['spaces'] }) {
  const isServer = useMe().data?.role === 'server-administrator';
  const { vault, id, site, statistics } = snapshot;
  const path = `/api/vaults/${vault}/snapshots/${id}`;
  const navigate = useNavigate();
  const start = useStartJob();
  const mark = useChange((body: object) => api(path, { method: 'PATCH', body }), 'snapshots');
  const forget = useChange((_: object) => api(path, { method: 'DELETE' }), 'snapshots');
  const [asked, ask] = useState<'export' | 'verify' | 'forget' | null>(null);
  const failure = [start, mark, forget].find(({ isError }) => isError);
  const run = (request: JobRequestBody) =>
    start.mutate(request, { onSuccess: ({ id: job }) => void navigate({ to: `/jobs/${job}` }) });
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button onClick={() => void navigate({ to: '/restore', search: { site, vault, snapshot: id } as never })}>
          {t.restore}
        </Button>
        <Button variant="default" onClick={() => ask('export')}>
          {t.exportIt}
        </Button>
        {isServer ? (
          <>
            <Button variant="default" onClick={() => run({ type: 'drill', vault, snapshot: id })}>
              {t.runDrill}
            </Button>
            <Button variant="default" onClick={() => ask('verify')}>
              {t.verify}
            </Button>
            <Button
              variant="default"
              loading={mark.isPending}
              title={t.protectedHint}
              onClick={() => mark.mutate({ protected: !snapshot.protected })}
            >
              {snapshot.protected ? t.unprotect : t.protect}
            </Button>
            <Button variant="default" disabled={snapshot.protected} onClick={() => ask('forget')}>
              {t.forget}
            </Button>
          </>
        ) : null}
      </Group>
      {failure ? <Failure error={failure.error} /> : null}
      {asked === 'export' ? <ExportForm snapshot={snapshot} spaces={spaces} onClose={() => ask(null)} run={run} /> : null}
      {asked === 'verify' ? (
        <Confirm
          title={t.verify}
          text={t.verifyText(vault)}
          action={t.verify}
          onConfirm={() => run({ type: 'check', vault, dataPercent: 100 })}
          onClose={() => ask(null)}
        />
      ) : null}
      {asked === 'forget' ? (
        <Confirm
          title={t.forget}
          text={t.forgetText(count(statistics.rows), count(statistics.files), bytes(statistics.rowBytes + statistics.fileBytes))}
          action={t.forget}
          onConfirm={() => forget.mutate({}, { onSuccess: () => void navigate({ to: '/snapshots' }) })}
          onClose={() => ask(null)}
        />
      ) : null}
    </Stack>
  );
}

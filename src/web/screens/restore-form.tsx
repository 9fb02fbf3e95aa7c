import { Alert, Button, Checkbox, Group, Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, query } from '../api/client.ts';
import { useStartJob } from '../api/queries.ts';
import { bytes, dateTime } from '../format/format.ts';
import { Failure } from '../parts/failure.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { UploadDrop } from '../parts/upload-drop.tsx';
import { texts } from '../texts/en.ts';

const t = texts.backup;

interface RestoreFile {
  fileName: string;
  bytes: number;
  created: string;
}

/** Restore a backup that was uploaded or lies in the restore folder. What replaces a site must be meant: its name is typed. */
export function RestoreForm({ site, scope, onDone }: { site: string; scope: 'SITE' | 'SPACE'; onDone: () => void }) {
  const files = useQuery({
    queryKey: ['restore-files', site, scope],
    queryFn: () => api<RestoreFile[]>(`/api/sites/${site}/restore-files${query({ scope })}`),
  });
  const start = useStartJob();
  const navigate = useNavigate();
  const [fileName, setFile] = useState<string | null>(null);
  const [dryRun, setDryRun] = useState(true);
  const [replace, setReplace] = useState(false);
  const [acceptVersion, setAcceptVersion] = useState(false);
  const [asKey, setKey] = useState('');
  const [typed, setTyped] = useState('');
  const needsWord = scope === 'SITE' && !dryRun;
  const submit = () =>
    start.mutate(
      {
        type: scope === 'SITE' ? 'site-restore' : 'space-restore',
        site,
        fileName: fileName!,
        dryRun,
        ...(scope === 'SITE' ? { acceptVersion } : { replace, ...(asKey ? { asKey } : {}) }),
      },
      {
        onSuccess: ({ id }) => {
          onDone();
          void navigate({ to: `/jobs/${id}` });
        },
      },
    );
  return (
    <Stack>
      {start.isError ? <Failure error={start.error} /> : null}
      <UploadDrop target={{ site, scope }} onDone={setFile} />
      <Loaded of={files}>
        {(found) => (
          <Select
            label={t.fromFolder}
            data={found.map((file) => ({
              value: file.fileName,
              label: `${file.fileName} (${bytes(file.bytes)}, ${dateTime(file.created)})`,
            }))}
            value={fileName}
            onChange={setFile}
            searchable
            nothingFoundMessage={texts.common.none}
          />
        )}
      </Loaded>
      {scope === 'SPACE' ? (
        <>
          <TextInput label={t.asKey} value={asKey} onChange={(event) => setKey(event.currentTarget.value)} maw={240} />
          <Checkbox label={t.replace} checked={replace} onChange={(event) => setReplace(event.currentTarget.checked)} />
        </>
      ) : (
        <Checkbox
          label={t.acceptVersion}
          checked={acceptVersion}
          onChange={(event) => setAcceptVersion(event.currentTarget.checked)}
        />
      )}
      <Checkbox label={t.plan} checked={dryRun} onChange={(event) => setDryRun(event.currentTarget.checked)} />
      {dryRun ? null : (
        <Alert color={scope === 'SITE' ? 'red' : 'yellow'}>{scope === 'SITE' ? t.confirmSite(site) : t.confirmSpace}</Alert>
      )}
      {needsWord ? (
        <TextInput
          label={site}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          maw={240}
        />
      ) : null}
      <Group justify="flex-end">
        <Button
          color={dryRun ? undefined : 'red'}
          disabled={!fileName || (needsWord && typed !== site)}
          loading={start.isPending}
          onClick={submit}
        >
          {t.startRestore}
        </Button>
      </Group>
    </Stack>
  );
}

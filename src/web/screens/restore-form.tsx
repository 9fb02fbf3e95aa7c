import { Alert, Button, Checkbox, Group, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobRequestBody } from '#server/contract/job-contract.ts';
import { useStartJob } from '../api/queries.ts';
import { Failure } from '../parts/failure.tsx';
import { texts } from '../texts/en.ts';
import { type ChosenSnapshot, FileSource, SnapshotSource } from './restore-source.tsx';

const t = texts.backup;

interface Props {
  site: string;
  scope: 'SITE' | 'SPACE';
  onDone: () => void;
}

/** Restore a backup that was uploaded, lies in the restore folder, or a snapshot. First as a plan; what replaces a site must be meant: its name is typed. */
export function RestoreForm({ site, scope, onDone }: Props) {
  const start = useStartJob();
  const navigate = useNavigate();
  const [source, setSource] = useState<'file' | 'snapshot'>('file');
  const [fileName, setFile] = useState<string | null>(null);
  const [snapshot, setSnapshot] = useState<ChosenSnapshot | null>(null);
  const [dryRun, setDryRun] = useState(true);
  const [replace, setReplace] = useState(false);
  const [acceptVersion, setAcceptVersion] = useState(false);
  const [asKey, setKey] = useState('');
  const [typed, setTyped] = useState('');
  const isSite = scope === 'SITE';
  const needsWord = isSite && !dryRun;
  const spaces = isSite ? {} : { replace, ...(asKey ? { asKey } : {}) };
  const request = (): JobRequestBody | null => {
    if (source === 'file')
      return fileName === null
        ? null
        : { type: isSite ? 'site-restore' : 'space-restore', site, fileName, dryRun, acceptVersion, ...spaces };
    if (snapshot === null || (!isSite && snapshot.spaceKeys.length === 0)) return null;
    const { vault, id, spaceKeys } = snapshot;
    return {
      type: 'restore-snapshot',
      site,
      vault,
      snapshot: id,
      dryRun,
      acceptVersion,
      ...(isSite ? {} : { spaceKeys, ...spaces }),
    };
  };
  const wanted = request();
  const submit = () =>
    start.mutate(wanted!, {
      onSuccess: ({ id }) => {
        onDone();
        void navigate({ to: `/jobs/${id}` });
      },
    });
  return (
    <Stack>
      {start.isError ? <Failure error={start.error} /> : null}
      <SegmentedControl
        aria-label={t.source}
        value={source}
        onChange={(value) => setSource(value as 'file')}
        data={[
          { value: 'file', label: t.fromFile },
          { value: 'snapshot', label: t.fromSnapshot },
        ]}
      />
      {source === 'file' ? (
        <FileSource site={site} scope={scope} fileName={fileName} onChange={setFile} />
      ) : (
        <SnapshotSource site={site} scope={scope} chosen={snapshot} onChange={setSnapshot} />
      )}
      {isSite ? null : (
        <>
          <TextInput
            label={t.asKey}
            description={t.asKeyHelp}
            value={asKey}
            onChange={(event) => setKey(event.currentTarget.value)}
            maw={320}
          />
          <Checkbox label={t.replace} checked={replace} onChange={(event) => setReplace(event.currentTarget.checked)} />
        </>
      )}
      <Checkbox
        label={t.acceptVersion}
        checked={acceptVersion}
        onChange={(event) => setAcceptVersion(event.currentTarget.checked)}
      />
      <Checkbox
        label={t.plan}
        description={t.planHelp}
        checked={dryRun}
        onChange={(event) => setDryRun(event.currentTarget.checked)}
      />
      {dryRun ? null : <Alert color={isSite ? 'red' : 'yellow'}>{isSite ? t.confirmSite(site) : t.confirmSpace}</Alert>}
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
          disabled={wanted === null || (needsWord && typed !== site)}
          loading={start.isPending}
          onClick={submit}
        >
          {dryRun ? t.startPlan : t.startRestore}
        </Button>
      </Group>
    </Stack>
  );
}

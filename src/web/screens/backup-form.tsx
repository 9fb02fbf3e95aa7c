import { Alert, Button, Checkbox, Group, Select, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobRequestBody } from '#server/contract/job-contract.ts';
import { useStartJob, useVaults } from '../api/queries.ts';
import { Failure } from '../parts/failure.tsx';
import { SpacePicker } from '../parts/space-picker.tsx';
import { texts } from '../texts/en.ts';

const t = texts.backup;

interface Props {
  site: string;
  scope: 'SITE' | 'SPACE';
  isAdministrator: boolean;
  onDone: () => void;
}

/** Back up the site or some spaces: as an XML backup, as a snapshot, or both. */
export function BackUpForm({ site, scope, isAdministrator, onDone }: Props) {
  const vaults = useVaults(isAdministrator).data ?? [];
  const start = useStartJob();
  const navigate = useNavigate();
  const [isXml, setXml] = useState(true);
  const [isSnapshot, setSnapshot] = useState(false);
  const [vault, setVault] = useState<string | null>(null);
  const [attachments, setAttachments] = useState(true);
  const [keepPermanently, setPermanent] = useState(false);
  const [fileNamePrefix, setPrefix] = useState('');
  const [spaceKeys, setSpaces] = useState<string[]>([]);
  const chosenVault = vault ?? vaults[0]?.name;
  const isIncomplete = (!isXml && !isSnapshot) || (scope === 'SPACE' && spaceKeys.length === 0) || (isSnapshot && !chosenVault);

  const submit = async () => {
    const file = { site, keepPermanently, ...(fileNamePrefix ? { fileNamePrefix } : {}) };
    const wanted: JobRequestBody[] = [];
    if (isSnapshot) wanted.push({ type: 'snapshot', site, vault: chosenVault!, ...(scope === 'SPACE' ? { spaceKeys } : {}) });
    if (isXml)
      wanted.push(
        scope === 'SITE' ? { type: 'site-backup', ...file, attachments } : { type: 'space-backup', ...file, spaceKeys },
      );
    let last = '';
    for (const request of wanted) last = (await start.mutateAsync(request)).id;
    onDone();
    await navigate({ to: `/jobs/${last}` });
  };
  return (
    <Stack>
      {start.isError ? <Failure error={start.error} /> : null}
      {scope === 'SPACE' ? <SpacePicker site={site} chosen={spaceKeys} onChange={setSpaces} /> : null}
      <Checkbox label={t.asXml} checked={isXml} onChange={(event) => setXml(event.currentTarget.checked)} />
      {isXml ? (
        <Stack gap="xs" pl="lg">
          {scope === 'SITE' ? (
            <Checkbox
              label={t.attachments}
              checked={attachments}
              onChange={(event) => setAttachments(event.currentTarget.checked)}
            />
          ) : null}
          <Checkbox
            label={t.permanent}
            description={t.permanentHelp}
            checked={keepPermanently}
            onChange={(event) => setPermanent(event.currentTarget.checked)}
          />
          <TextInput
            label={t.prefix}
            value={fileNamePrefix}
            onChange={(event) => setPrefix(event.currentTarget.value)}
            maxLength={60}
            maw={320}
          />
        </Stack>
      ) : null}
      {vaults.length > 0 ? (
        <Checkbox label={t.asSnapshot} checked={isSnapshot} onChange={(event) => setSnapshot(event.currentTarget.checked)} />
      ) : null}
      {isSnapshot ? (
        <Select
          label={t.vault}
          data={vaults.map(({ name }) => name)}
          value={chosenVault ?? null}
          onChange={setVault}
          maw={320}
          allowDeselect={false}
        />
      ) : null}
      {!isXml && !isSnapshot ? <Alert color="yellow">{t.nothingChosen}</Alert> : null}
      <Group justify="flex-end">
        <Button disabled={isIncomplete} loading={start.isPending} onClick={() => void submit().catch(() => {})}>
          {t.start}
        </Button>
      </Group>
    </Stack>
  );
}

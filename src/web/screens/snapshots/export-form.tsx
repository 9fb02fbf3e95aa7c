import { Button, Checkbox, Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { JobRequestBody } from '#server/contract/job-contract.ts';
import type { SnapshotAnswer, SnapshotDetails } from '#server/contract/vault-contract.ts';
import { PickList } from '../../parts/pick-list.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.snapshots;

interface Props {
  snapshot: SnapshotAnswer;
  spaces: SnapshotDetails['spaces'];
  run: (request: JobRequestBody) => void;
  onClose: () => void;
}

/** What goes into the file, and for which Confluence. */
export function ExportForm({ snapshot: { site, vault, id }, spaces, run, onClose }: Props) {
  const [attachments, setAttachments] = useState(true);
  const [keepPermanently, setKeep] = useState(false);
  const [isSome, setSome] = useState(false);
  const [spaceKeys, setSpaces] = useState<string[]>([]);
  const [dialect, setDialect] = useState<'current' | 'legacy'>('current');
  return (
    <Modal opened onClose={onClose} title={t.exportIt} size="lg" closeButtonProps={{ 'aria-label': texts.common.close }}>
      <Stack>
        <Text size="sm">{t.exportHelp}</Text>
        <SegmentedControl
          aria-label={t.dialect}
          value={dialect}
          onChange={(value) => setDialect(value as 'current')}
          data={Object.entries(t.dialects).map(([value, label]) => ({ value, label }))}
        />
        <Checkbox
          label={texts.backup.attachments}
          checked={attachments}
          onChange={(event) => setAttachments(event.currentTarget.checked)}
        />
        <Checkbox
          label={texts.backup.permanent}
          description={texts.backup.permanentHelp}
          checked={keepPermanently}
          onChange={(event) => setKeep(event.currentTarget.checked)}
        />
        <Checkbox label={t.onlySome} checked={isSome} onChange={(event) => setSome(event.currentTarget.checked)} />
        {isSome ? <PickList label={t.spaces} items={spaces} chosen={spaceKeys} onChange={setSpaces} /> : null}
        <Group justify="flex-end">
          <Button
            disabled={isSome && spaceKeys.length === 0}
            onClick={() => {
              const some = isSome ? { spaceKeys } : {};
              run({ type: 'export', site, vault, snapshot: id, attachments, keepPermanently, dialect, ...some });
              onClose();
            }}
          >
            {t.exportIt}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

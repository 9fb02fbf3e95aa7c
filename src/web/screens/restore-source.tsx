import { MultiSelect, Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { SnapshotDetails } from '#server/contract/vault-contract.ts';
import { api, query } from '../api/client.ts';
import { useSnapshots } from '../api/queries.ts';
import { bytes, dateTime } from '../format/format.ts';
import { Empty } from '../parts/empty.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { UploadDrop } from '../parts/upload-drop.tsx';
import { texts } from '../texts/en.ts';

const t = texts.backup;

export interface ChosenSnapshot {
  vault: string;
  id: string;
  spaceKeys: string[];
}

interface RestoreFile {
  fileName: string;
  bytes: number;
  created: string;
}

interface FileProps {
  site: string;
  scope: 'SITE' | 'SPACE';
  fileName: string | null;
  onChange: (fileName: string | null) => void;
}

/** A backup that is dropped here, or lies in the restore folder of the site. */
export function FileSource({ site, scope, fileName, onChange }: FileProps) {
  const files = useQuery({
    queryKey: ['restore-files', site, scope],
    queryFn: () => api<RestoreFile[]>(`/api/sites/${site}/restore-files${query({ scope })}`),
  });
  return (
    <Stack>
      <UploadDrop target={{ site, scope }} onDone={onChange} />
      <Loaded of={files}>
        {(found) => (
          <Select
            label={t.fromFolder}
            placeholder={found.length === 0 ? t.folderEmpty : t.chooseOne}
            data={found.map((file) => ({
              value: file.fileName,
              label: `${file.fileName} (${bytes(file.bytes)}, ${dateTime(file.created)})`,
            }))}
            value={fileName}
            onChange={onChange}
            searchable
            nothingFoundMessage={texts.common.none}
          />
        )}
      </Loaded>
    </Stack>
  );
}

interface SnapshotProps {
  site: string;
  scope: 'SITE' | 'SPACE';
  chosen: ChosenSnapshot | null;
  onChange: (chosen: ChosenSnapshot | null) => void;
}

/** A moment of this site, and for spaces which of them. */
export function SnapshotSource({ site, scope, chosen, onChange }: SnapshotProps) {
  const snapshots = useSnapshots();
  return (
    <Loaded of={snapshots}>
      {(all) => {
        const fitting = all.filter((one) => one.site === site && (scope === 'SPACE' || one.scope === 'site'));
        if (fitting.length === 0) return <Empty icon="snapshots" text={t.noSnapshot} />;
        return (
          <Stack>
            <Select
              label={t.snapshot}
              placeholder={t.chooseOne}
              data={fitting.map(({ vault, id, time, drills }) => ({
                value: `${vault}/${id}`,
                label: `${dateTime(time)} (${vault}${drills.at(-1)?.ok ? `, ${t.drilled}` : ''})`,
              }))}
              value={chosen ? `${chosen.vault}/${chosen.id}` : null}
              onChange={(value) => {
                const [vault, id] = (value ?? '').split('/');
                onChange(id ? { vault, id, spaceKeys: [] } : null);
              }}
              searchable
              nothingFoundMessage={texts.common.none}
            />
            {scope === 'SPACE' && chosen ? <SpacesOf chosen={chosen} onChange={onChange} /> : null}
          </Stack>
        );
      }}
    </Loaded>
  );
}

function SpacesOf({ chosen, onChange }: { chosen: ChosenSnapshot; onChange: (chosen: ChosenSnapshot) => void }) {
  const { vault, id } = chosen;
  const details = useQuery({
    queryKey: ['snapshot', vault, id],
    queryFn: () => api<SnapshotDetails>(`/api/vaults/${vault}/snapshots/${id}`),
  });
  return (
    <Loaded of={details}>
      {({ spaces }) => (
        <MultiSelect
          label={t.pickSpaces}
          data={spaces.map(({ key, name }) => ({ value: key, label: name && name !== key ? `${name} (${key})` : key }))}
          value={chosen.spaceKeys}
          onChange={(spaceKeys) => onChange({ ...chosen, spaceKeys })}
          searchable
          limit={200}
          nothingFoundMessage={texts.common.none}
        />
      )}
    </Loaded>
  );
}

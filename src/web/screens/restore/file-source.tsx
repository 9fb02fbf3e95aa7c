import { Alert, Checkbox, Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RestoreFileAnswer, RestoreFileDetails } from '#server/contract/site-contract.ts';
import { api, query } from '../../api/client.ts';
import { useJobs } from '../../api/queries.ts';
import { bytes, dateTime } from '../../format/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { UploadDrop } from '../../parts/upload-drop.tsx';
import { texts } from '../../texts/en.ts';
import { isAdministratorOf } from './rights.ts';
import { SpaceChoice } from './snapshot-spaces.tsx';
import type { StepProps } from './step-props.ts';

const t = texts.restore;

/** A backup that is dropped here or lies in the restore folder of the site; who administers spaces alone takes one that he made. */
export function FileSource(props: StepProps) {
  return isAdministratorOf(props.me, props.draft.source) ? <OfFolder {...props} /> : <OwnBackups {...props} />;
}

function OfFolder({ draft, change }: StepProps) {
  const { source, scope, fileName } = draft;
  const files = useQuery({
    queryKey: ['restore-files', source, scope],
    queryFn: () => api<RestoreFileAnswer[]>(`/api/sites/${source}/restore-files${query({ scope })}`),
  });
  const choose = (name: string | null) => change({ fileName: name, spaceKeys: [], onlySome: false });
  return (
    <Stack>
      <UploadDrop target={{ site: source, scope }} onDone={choose} />
      <Loaded of={files}>
        {(found) => (
          <Select
            label={texts.backup.fromFolder}
            placeholder={found.length === 0 ? texts.backup.folderEmpty : texts.backup.chooseOne}
            data={[...found]
              .sort((a, b) => (a.created < b.created ? 1 : -1))
              .map((file) => ({
                value: file.fileName,
                label: `${file.fileName} (${bytes(file.bytes)}, ${dateTime(file.created)})`,
              }))}
            value={fileName}
            onChange={choose}
            searchable
            limit={200}
            nothingFoundMessage={texts.common.none}
          />
        )}
      </Loaded>
      {fileName ? <Details key={fileName} draft={draft} change={change} fileName={fileName} /> : null}
    </Stack>
  );
}

function Details({ draft, change, fileName }: Pick<StepProps, 'draft' | 'change'> & { fileName: string }) {
  const { source, scope } = draft;
  const details = useQuery({
    queryKey: ['restore-files', source, scope, fileName],
    queryFn: () => api<RestoreFileDetails>(`/api/sites/${source}/restore-files/${scope}/${encodeURIComponent(fileName)}`),
    retry: false,
  });
  return (
    <Loaded of={details}>
      {(file) => (
        <>
          <Facts
            of={[
              [t.kind, t.kinds[file.kind]],
              [t.version, versionOf(file)],
              [t.size, bytes(file.bytes)],
              [texts.task.attachments, included(file.attachments)],
              [t.spaces, file.kind === 'space' ? String(file.spaceKeys.length) : null],
            ]}
          />
          {(file.kind === 'site') === (scope === 'SITE') ? null : <Alert color="red">{t.wrongKind[file.kind]}</Alert>}
          {scope === 'SPACE' && file.spaceKeys.length > 1 ? (
            <>
              <Checkbox
                label={t.onlySome(file.spaceKeys.length)}
                checked={draft.onlySome}
                onChange={(event) => change({ onlySome: event.currentTarget.checked, spaceKeys: [] })}
              />
              {draft.onlySome ? (
                <SpaceChoice
                  spaces={file.spaceKeys.map((key) => ({ key, name: null }))}
                  chosen={draft.spaceKeys}
                  onChange={(spaceKeys) => change({ spaceKeys })}
                />
              ) : null}
            </>
          ) : null}
        </>
      )}
    </Loaded>
  );
}

function included(attachments: boolean | null): string | null {
  if (attachments === null) return null;
  return attachments ? texts.task.included : texts.task.notIncluded;
}

function versionOf({ createdByVersion, createdByBuild }: RestoreFileDetails): string | null {
  if (createdByVersion) return createdByVersion;
  return createdByBuild === null ? null : t.build(createdByBuild);
}

function OwnBackups({ draft, change }: StepProps) {
  const jobs = useJobs({ types: 'space-backup', site: draft.source, states: 'FINISHED', limit: 1000 });
  return (
    <Loaded of={jobs}>
      {({ jobs: all }) => {
        const own = all.filter(({ fileExists, fileName }) => fileExists && fileName);
        if (own.length === 0) return <Empty icon="backup" text={t.noFile} />;
        return (
          <Select
            label={t.ownFile}
            placeholder={texts.backup.chooseOne}
            data={own.map((job) => ({
              value: job.fileName!,
              label: `${dateTime(job.createdOn)}: ${job.spaceKeys.slice(0, 5).join(', ')} (${bytes(job.fileBytes)})`,
            }))}
            value={draft.fileName}
            onChange={(fileName) =>
              change({ fileName, onlySome: true, spaceKeys: own.find((job) => job.fileName === fileName)?.spaceKeys ?? [] })
            }
            searchable
            limit={200}
            nothingFoundMessage={texts.common.none}
          />
        );
      }}
    </Loaded>
  );
}

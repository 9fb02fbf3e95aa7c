import { SegmentedControl, Select, Stack } from '@mantine/core';
import { texts } from '../../texts/en.ts';
import { CardChoice } from './card-choice.tsx';
import { emptyDraft } from './draft.ts';
import { FileSource } from './file-source.tsx';
import { isAdministratorOf } from './rights.ts';
import { SnapshotSource } from './snapshot-source.tsx';
import type { StepProps } from './step-props.ts';

const t = texts.restore;

/** The whole site or spaces, and the moment: of a snapshot or a file. */
export function WhatStep(props: StepProps) {
  const { me, sites, draft, change } = props;
  const isAdministrator = isAdministratorOf(me, draft.source);
  return (
    <Stack>
      {sites.length > 1 ? (
        <Select
          label={t.site}
          description={t.siteHelp}
          data={sites.map(({ name }) => name)}
          value={draft.source}
          onChange={(source) => {
            if (source === null) return;
            // What was chosen was of the other one.
            const scope = isAdministratorOf(me, source) ? draft.scope : 'SPACE';
            change({ ...emptyDraft(source), from: draft.from, scope });
          }}
          allowDeselect={false}
          maw={320}
        />
      ) : null}
      {isAdministrator ? (
        <CardChoice
          label={t.what}
          value={draft.scope}
          onChange={(scope) =>
            change({ scope, fileName: null, spaceKeys: [], onlySome: false, ...(scope === 'SPACE' ? { target: 'same' } : {}) })
          }
          options={[
            { value: 'SITE', label: t.whole, help: t.wholeHelp },
            { value: 'SPACE', label: t.spaces, help: t.spacesHelp },
          ]}
        />
      ) : null}
      <SegmentedControl
        aria-label={t.source}
        value={draft.from}
        onChange={(from) => change({ from: from as 'file' | 'snapshot' })}
        data={[
          { value: 'snapshot', label: t.snapshot },
          { value: 'file', label: t.file },
        ]}
      />
      {draft.from === 'file' ? <FileSource {...props} /> : <SnapshotSource {...props} />}
    </Stack>
  );
}

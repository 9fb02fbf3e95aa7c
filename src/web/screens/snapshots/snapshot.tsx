import { Anchor, List, Stack, TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { SnapshotDetails } from '#server/contract/vault-contract.ts';
import { api } from '../../api/client.ts';
import { useChange, useMe } from '../../api/queries.ts';
import { bytes, count, dateTime, duration } from '../../format/format.ts';
import { Facts } from '../../parts/facts.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts/en.ts';
import { SnapshotActions } from './snapshot-actions.tsx';
import { SnapshotChanges } from './snapshot-changes.tsx';
import { SnapshotContents } from './snapshot-contents.tsx';
import { Marks, Proven } from './snapshots.tsx';

const t = texts.snapshots;

/** One snapshot: what it holds, what changed, how far it is proven, and what can be done with it. */
export function Snapshot() {
  const { vault, id } = useParams({ strict: false }) as { vault: string; id: string };
  const details = useQuery({
    queryKey: ['snapshots', vault, id],
    queryFn: () => api<SnapshotDetails>(`/api/vaults/${vault}/snapshots/${id}`),
  });
  const found = details.data?.snapshot;
  return (
    <Page title={found ? `${found.site}, ${dateTime(found.time)}` : texts.backup.snapshot}>
      <Anchor component={Link} to="/snapshots" size="sm">
        {`\u2190 ${t.back}`}
      </Anchor>
      <Loaded of={details}>
        {(all) => (
          <Stack key={id}>
            <SnapshotActions snapshot={all.snapshot} spaces={all.spaces} />
            <About details={all} />
            <SnapshotChanges snapshot={all.snapshot} />
            <SnapshotContents details={all} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function About({ details: { snapshot, warnings } }: { details: SnapshotDetails }) {
  const isServer = useMe().data?.role === 'server-administrator';
  const path = `/api/vaults/${snapshot.vault}/snapshots/${snapshot.id}`;
  const mark = useChange((body: object) => api(path, { method: 'PATCH', body }), 'snapshots');
  const { rows, rowBytes, files, fileBytes, storedBytes, newBytes, seconds } = snapshot.statistics;
  return (
    <Panel title={texts.backup.snapshot} side={<Marks snapshot={snapshot} />}>
      <Stack>
        <Facts
          of={[
            [t.holds, t.holdsOf(bytes(rowBytes + fileBytes), count(rows), count(files))],
            [t.added, t.addedOf(bytes(storedBytes), bytes(newBytes))],
            [t.drill, <Proven key="proven" snapshot={snapshot} />],
            [t.version, snapshot.productVersion],
            [t.vault, snapshot.vault],
            [t.seconds, duration(seconds)],
            [t.id, <code key="id">{snapshot.id.slice(0, 20)}</code>],
          ]}
        />
        {warnings.length > 0 ? (
          <List size="sm" aria-label={t.warnings}>
            {warnings.map(({ code, count: times }) => (
              <List.Item key={code}>{`${code} (${count(times)})`}</List.Item>
            ))}
          </List>
        ) : null}
        {mark.isError ? <Failure error={mark.error} /> : null}
        {isServer ? (
          <TagsInput
            label={t.tags}
            value={snapshot.tags}
            disabled={mark.isPending}
            maw={480}
            onChange={(tags) =>
              mark.mutate({
                addTags: tags.filter((tag) => !snapshot.tags.includes(tag)),
                removeTags: snapshot.tags.filter((tag) => !tags.includes(tag)),
              })
            }
          />
        ) : null}
      </Stack>
    </Panel>
  );
}

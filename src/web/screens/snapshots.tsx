import { Badge, Button, Checkbox, Group, Modal, Paper, Select, Stack, Table, TagsInput, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobAnswer, JobRequestBody } from '#server/contract/job-contract.ts';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { api } from '../api/client.ts';
import { useChosenSite } from '../api/current-site.ts';
import { useChange, useMe, useSites, useSnapshots, useStartJob } from '../api/queries.ts';
import { bytes, count, dateTime, duration, relative } from '../format/format.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Empty } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { texts } from '../texts/en.ts';

const t = texts.snapshots;

/** The snapshots of all vaults, the newest first; one opens with what it holds and what can be done with it. */
export function Snapshots() {
  const snapshots = useSnapshots();
  const [chosen] = useChosenSite();
  const [open, setOpen] = useState<SnapshotAnswer | null>(null);
  return (
    <Page title={t.title}>
      <Paper>
        <Loaded of={snapshots}>
          {(known) => {
            const all = known.filter(({ site }) => chosen === null || site === chosen);
            return all.length === 0 ? (
              <Empty icon="snapshots" text={t.empty} />
            ) : (
              <div className="wide">
                <Table aria-label={t.title}>
                  <Table.Thead>
                    <Table.Tr>
                      {[t.time, t.site, t.content, t.added, t.tags, t.drill].map((name) => (
                        <Table.Th key={name}>{name}</Table.Th>
                      ))}
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {all.map((one) => (
                      <Row key={`${one.vault}/${one.id}`} snapshot={one} open={() => setOpen(one)} />
                    ))}
                  </Table.Tbody>
                </Table>
              </div>
            );
          }}
        </Loaded>
      </Paper>
      {open ? <Details snapshot={open} before={previousOf(open, snapshots.data ?? [])} onClose={() => setOpen(null)} /> : null}
    </Page>
  );
}

function previousOf(one: SnapshotAnswer, all: SnapshotAnswer[]): SnapshotAnswer | undefined {
  return all.find(
    ({ site, vault, scope, time }) => site === one.site && vault === one.vault && scope === one.scope && time < one.time,
  );
}

function Row({ snapshot, open }: { snapshot: SnapshotAnswer; open: () => void }) {
  const { time, site, vault, statistics, tags, drills, spaceKeys, scope } = snapshot;
  const drill = drills.at(-1);
  return (
    <Table.Tr>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <Button variant="subtle" size="compact-sm" onClick={open}>
          {dateTime(time)}
        </Button>
      </Table.Td>
      <Table.Td>{`${site} (${vault})`}</Table.Td>
      <Table.Td>{`${scope === 'site' ? t.whole : spaceKeys.slice(0, 3).join(', ')}: ${count(statistics.rows)} ${t.rows}, ${count(statistics.files)} ${t.files}`}</Table.Td>
      <Table.Td>{bytes(statistics.storedBytes)}</Table.Td>
      <Table.Td>
        <Group gap={4}>
          {snapshot.protected ? <Badge variant="outline">{t.protected}</Badge> : null}
          {tags.map((tag) => (
            <Badge key={tag} variant="light">
              {tag}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>
        {drill ? (
          <State tone={drill.ok ? 'ok' : 'failed'}>{`${relative(drill.time)}, ${duration(drill.seconds)}`}</State>
        ) : (
          '\u2013'
        )}
      </Table.Td>
    </Table.Tr>
  );
}

interface Shown {
  spaces: { key: string; name: string | null }[];
  tables: { name: string; rows: number; bytes: number }[];
}

function Details({
  snapshot,
  before,
  onClose,
}: {
  snapshot: SnapshotAnswer;
  before: SnapshotAnswer | undefined;
  onClose: () => void;
}) {
  const me = useMe().data;
  const isServer = me?.role === 'server-administrator';
  const path = `/api/vaults/${snapshot.vault}/snapshots/${snapshot.id}`;
  const shown = useQuery({ queryKey: ['snapshot', snapshot.vault, snapshot.id], queryFn: () => api<Shown>(path) });
  const start = useStartJob();
  const navigate = useNavigate();
  const mark = useChange((body: object) => api<SnapshotAnswer>(path, { method: 'PATCH', body }), 'snapshots');
  const forget = useChange((_: object) => api(path, { method: 'DELETE' }), 'snapshots');
  const [isForgetting, askForget] = useState(false);
  const [isRestoring, askRestore] = useState(false);
  const { vault, id, site } = snapshot;
  const run = (request: JobRequestBody) =>
    start.mutate(request, {
      onSuccess: (job: JobAnswer) => {
        onClose();
        void navigate({ to: `/jobs/${job.id}` });
      },
    });
  const failure = [start, mark, forget].find(({ isError }) => isError);
  return (
    <Modal
      opened
      onClose={onClose}
      title={`${dateTime(snapshot.time)}, ${site}`}
      size="xl"
      closeButtonProps={{ 'aria-label': texts.common.close }}
    >
      <Stack>
        {failure ? <Failure error={failure.error} /> : null}
        <Group gap="xs">
          <Button size="xs" onClick={() => askRestore(true)}>
            {t.restore}
          </Button>
          {isServer ? (
            <Button size="xs" variant="default" onClick={() => run({ type: 'drill', vault, snapshot: id })}>
              {t.runDrill}
            </Button>
          ) : null}
          <Button
            size="xs"
            variant="default"
            onClick={() => run({ type: 'export', site, vault, snapshot: id, keepPermanently: false })}
          >
            {t.exportIt}
          </Button>
          <Button size="xs" variant="default" onClick={() => run({ type: 'compare', vault, snapshot: id, with: { site } })}>
            {t.compare}
          </Button>
          {before && isServer ? (
            <Button
              size="xs"
              variant="default"
              onClick={() => run({ type: 'compare', vault, snapshot: before.id, with: { snapshot: id } })}
            >
              {t.compareBefore}
            </Button>
          ) : null}
          {isServer ? (
            <>
              <Button
                size="xs"
                variant="default"
                onClick={() => mark.mutate({ protected: !snapshot.protected }, { onSuccess: onClose })}
              >
                {snapshot.protected ? t.unprotect : t.protect}
              </Button>
              <Button size="xs" variant="default" color="red" disabled={snapshot.protected} onClick={() => askForget(true)}>
                {t.forget}
              </Button>
            </>
          ) : null}
        </Group>
        {isServer ? (
          <TagsInput
            label={t.tags}
            value={snapshot.tags}
            onChange={(tags) =>
              mark.mutate(
                {
                  addTags: tags.filter((tag) => !snapshot.tags.includes(tag)),
                  removeTags: snapshot.tags.filter((tag) => !tags.includes(tag)),
                },
                { onSuccess: onClose },
              )
            }
          />
        ) : null}
        <Loaded of={shown}>
          {({ spaces, tables }) => (
            <>
              <Text size="sm" fw={600}>{`${t.spaces} (${spaces.length})`}</Text>
              <Text size="sm" style={{ maxHeight: 120, overflow: 'auto' }}>
                {spaces.map(({ key, name }) => (name && name !== key ? `${name} (${key})` : key)).join(', ') || texts.common.none}
              </Text>
              <Text size="sm" c="dimmed">
                {[...tables]
                  .sort((a, b) => b.bytes - a.bytes)
                  .slice(0, 8)
                  .map(({ name, rows }) => `${name}: ${count(rows)}`)
                  .join(', ')}
              </Text>
            </>
          )}
        </Loaded>
      </Stack>
      {isForgetting ? (
        <Confirm
          title={t.forget}
          text={t.forgetText}
          action={t.forget}
          onConfirm={() => forget.mutate({}, { onSuccess: onClose })}
          onClose={() => askForget(false)}
        />
      ) : null}
      {isRestoring ? (
        <Restore snapshot={snapshot} spaces={shown.data?.spaces ?? []} run={run} onClose={() => askRestore(false)} />
      ) : null}
    </Modal>
  );
}

interface RestoreProps {
  snapshot: SnapshotAnswer;
  spaces: Shown['spaces'];
  run: (request: JobRequestBody) => void;
  onClose: () => void;
}

/** What, where to, and first as a plan; what replaces a site must be meant. */
function Restore({ snapshot, spaces, run, onClose }: RestoreProps) {
  const sites = useSites().data ?? [];
  const [site, setSite] = useState(snapshot.site);
  const [spaceKeys, setSpaces] = useState<string[]>([]);
  const [asKey, setKey] = useState('');
  const [replace, setReplace] = useState(false);
  const [dryRun, setDryRun] = useState(true);
  const [typed, setTyped] = useState('');
  const isWhole = snapshot.scope === 'site' && spaceKeys.length === 0;
  const needsWord = isWhole && !dryRun;
  return (
    <Modal opened onClose={onClose} title={t.restoreTitle} closeButtonProps={{ 'aria-label': texts.common.close }}>
      <Stack>
        <Select
          label={t.target}
          data={sites.map(({ name }) => name)}
          value={site}
          onChange={(value) => setSite(value ?? site)}
          allowDeselect={false}
        />
        <TagsInput
          label={t.onlySpaces}
          data={spaces.map(({ key }) => key)}
          value={spaceKeys}
          onChange={setSpaces}
          maxDropdownHeight={220}
        />
        {isWhole ? null : (
          <>
            <TextInput label={texts.backup.asKey} value={asKey} onChange={(event) => setKey(event.currentTarget.value)} />
            <Checkbox
              label={texts.backup.replace}
              checked={replace}
              onChange={(event) => setReplace(event.currentTarget.checked)}
            />
          </>
        )}
        <Checkbox label={texts.backup.plan} checked={dryRun} onChange={(event) => setDryRun(event.currentTarget.checked)} />
        {needsWord ? (
          <>
            <Text size="sm">{t.wholeText(site)}</Text>
            <TextInput label={site} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" />
          </>
        ) : null}
        <Group justify="flex-end">
          <Button
            color={dryRun ? undefined : 'red'}
            disabled={needsWord && typed !== site}
            onClick={() =>
              run({
                type: 'restore-snapshot',
                site,
                vault: snapshot.vault,
                snapshot: snapshot.id,
                dryRun,
                ...(isWhole ? {} : { spaceKeys, replace, ...(asKey ? { asKey } : {}) }),
              })
            }
          >
            {t.restore}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

import { Badge, Radio, Text } from '@mantine/core';
import type { SnapshotAnswer, VaultAnswer } from '#server/contract/vault-contract.ts';
import { bytes, count, dayOf, duration, localDay, relative, timeOfDay } from '../../format/format.ts';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.restore;
/** More than these in one day is for the calendar of a machine. */
const most = 200;

interface Props {
  /** Of one day, the newest first. */
  snapshots: SnapshotAnswer[];
  /** As far as the reader may see them. */
  vaults: VaultAnswer[];
  /** He is told how large each is and how far it is proven; others, which of their spaces are in it. */
  isAdministrator: boolean;
  chosen: SnapshotAnswer | undefined;
  onChange: (snapshot: SnapshotAnswer) => void;
}

/** The snapshots of a day: when, how large, and how far each is proven. */
export function SnapshotList({ snapshots, vaults, isAdministrator, chosen, onChange }: Props) {
  const idOf = ({ vault, id }: SnapshotAnswer) => `${vault}/${id}`;
  const day = dayOf(localDay(snapshots[0].time));
  return (
    <Radio.Group
      label={t.onDay(day, snapshots.length)}
      value={chosen ? idOf(chosen) : null}
      onChange={(value) => onChange(snapshots.find((one) => idOf(one) === value)!)}
    >
      <div className="day-list">
        {snapshots.slice(0, most).map((one) => (
          <Radio.Card key={idOf(one)} value={idOf(one)} className="choice">
            <Radio.Indicator aria-hidden="true" />
            <span>
              <Name snapshot={one} />
              {isAdministrator ? (
                <Proof snapshot={one} vault={vaults.find(({ name }) => name === one.vault)} />
              ) : (
                <small>{t.ownSpaces(one.spaceKeys.join(', '))}</small>
              )}
            </span>
          </Radio.Card>
        ))}
      </div>
      {snapshots.length > most ? (
        <Text size="xs" c="dimmed">
          {t.shownOf(most, snapshots.length)}
        </Text>
      ) : null}
    </Radio.Group>
  );
}

function Name({ snapshot }: { snapshot: SnapshotAnswer }) {
  return (
    <strong className="line">
      {timeOfDay(snapshot.time)}
      <Text component="span" size="xs" c="dimmed" fw={400}>
        {`${snapshot.vault}, ${snapshot.id.slice(0, 8)}`}
      </Text>
      {snapshot.protected ? (
        <Badge component="span" size="xs" variant="outline">
          {texts.snapshots.protected}
        </Badge>
      ) : null}
      {snapshot.kind === 'live' ? null : (
        <Badge component="span" size="xs" variant="outline" color="gray">
          {t.imported}
        </Badge>
      )}
      {snapshot.tags.slice(0, 4).map((tag) => (
        <Badge key={tag} component="span" size="xs" variant="light">
          {tag}
        </Badge>
      ))}
    </strong>
  );
}

function Proof({ snapshot, vault }: { snapshot: SnapshotAnswer; vault: VaultAnswer | undefined }) {
  const { time, statistics, scope, spaceKeys, productVersion } = snapshot;
  const size = bytes(statistics.rowBytes + statistics.fileBytes);
  const content = scope === 'site' ? texts.snapshots.whole : t.ofSpaces(spaceKeys.length);
  const version = productVersion ? `, Confluence ${productVersion}` : '';
  return (
    <>
      <small>{`${content}, ${t.holds(size, count(statistics.rows), count(statistics.files))}${version}`}</small>
      <small className="line">
        <Drilled snapshot={snapshot} />
        {vault ? <Checked vault={vault} time={time} /> : null}
      </small>
    </>
  );
}

function Drilled({ snapshot: { drills } }: { snapshot: SnapshotAnswer }) {
  const last = drills.at(-1);
  if (!last) return <State tone="off">{t.notDrilled}</State>;
  if (!last.ok) return <State tone="failed">{t.drillFailed}</State>;
  return <State tone="ok">{t.drilled(relative(last.time), duration(last.seconds))}</State>;
}

/** A check is of a vault: it counts for the snapshots that were there. */
function Checked({ vault, time }: { vault: VaultAnswer; time: string }) {
  if (vault.checkOk === false) return <State tone="failed">{t.checkFailed}</State>;
  if (vault.checked === null || vault.checked < time) return <State tone="off">{t.notChecked}</State>;
  return <State tone="ok">{t.checked(relative(vault.checked))}</State>;
}

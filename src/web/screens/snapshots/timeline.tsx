import { Text } from '@mantine/core';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { bytes, dateTime, day } from '../../format/format.ts';
import { texts } from '../../texts/en.ts';

const t = texts.snapshots;
const width = 1000;
const height = 56;
/** More would be drawn over each other. */
const most = 500;

/** Snapshots where they stand in time: the higher, the more was added (by its root, for the first is always the largest); green is proven by a drill. */
export function Timeline({ snapshots }: { snapshots: readonly SnapshotAnswer[] }) {
  const shown = snapshots.slice(0, most);
  const times = shown.map(({ time }) => Date.parse(time));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const span = Math.max(1, last - first);
  const largest = Math.max(1, ...shown.map(({ statistics }) => Math.sqrt(statistics.storedBytes)));
  const label = t.timelineOf(shown.length, day(first));
  return (
    <figure style={{ margin: 0 }}>
      <svg className="timeline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <line className="grid" x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
        {shown.map((one, i) => {
          const tall = Math.max(4, ((height - 4) * Math.sqrt(one.statistics.storedBytes)) / largest);
          const x = shown.length === 1 ? width / 2 : 4 + ((width - 8) * (times[i] - first)) / span;
          return (
            <line
              key={`${one.vault}/${one.id}`}
              data-drill={one.drills.at(-1)?.ok}
              x1={x}
              x2={x}
              y1={height}
              y2={height - tall}
              strokeWidth="5"
              vectorEffect="non-scaling-stroke"
            >
              <title>{`${dateTime(one.time)}: ${bytes(one.statistics.storedBytes)}`}</title>
            </line>
          );
        })}
      </svg>
      <Text size="xs" c="dimmed" component="figcaption" mt={4}>
        {label}
      </Text>
    </figure>
  );
}

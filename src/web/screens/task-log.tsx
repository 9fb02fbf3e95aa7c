import { Checkbox } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { LogLineAnswer } from '#server/contract/job-contract.ts';
import { api } from '../api/client.ts';
import { clock } from '../format/format.ts';
import { Panel } from '../parts/panel.tsx';
import { texts } from '../texts/en.ts';

const t = texts.task;
const mostLines = 1000;

/** The last lines, as they come, by a stream of this task alone, which ends with it. It follows the end unless one has scrolled away from it. */
export function TaskLog({ id, isOver }: { id: string; isOver: boolean }) {
  const [lines, setLines] = useState<LogLineAnswer[]>([]);
  const [isTroubleOnly, showTroubleOnly] = useState(false);
  const frame = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isOver) {
      let isGone = false;
      api<LogLineAnswer[]>(`/api/jobs/${id}/log?last=true&limit=${mostLines}`).then(
        (all) => isGone || setLines(all),
        () => {},
      );
      return () => {
        isGone = true;
      };
    }
    setLines([]);
    const source = new EventSource(`/api/jobs/${id}/events`);
    source.addEventListener('log', (event) =>
      setLines((known) => {
        const last = BigInt(known.at(-1)?.id ?? 0);
        // After a break the stream begins with lines that may be known.
        const fresh = (JSON.parse(event.data) as LogLineAnswer[]).filter((line) => BigInt(line.id) > last);
        return [...known, ...fresh].slice(-mostLines);
      }),
    );
    source.addEventListener('end', () => source.close());
    return () => source.close();
  }, [id, isOver]);
  const shown = isTroubleOnly ? lines.filter(({ level }) => level !== 'info') : lines;
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the last line
  useEffect(() => {
    if (isAtEnd.current) frame.current?.scrollTo({ top: frame.current.scrollHeight });
  }, [shown.length]);
  return (
    <Panel
      title={t.log}
      side={
        <Checkbox
          label={t.troubleOnly}
          checked={isTroubleOnly}
          onChange={(event) => showTroubleOnly(event.currentTarget.checked)}
        />
      }
    >
      <section
        className="log"
        ref={frame}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={t.log}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          isAtEnd.current = scrollTop + clientHeight > scrollHeight - 30;
        }}
      >
        {shown.length === 0
          ? t.noLog
          : shown.map((line) => (
              <div key={line.id} data-level={line.level}>
                {`${clock(line.time)}  ${line.message}${line.object ? `: ${line.object}` : ''}`}
              </div>
            ))}
      </section>
    </Panel>
  );
}

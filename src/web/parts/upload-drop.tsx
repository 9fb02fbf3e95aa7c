import { Button, FileButton, Group, Progress, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { type UploadTarget, upload } from '../api/upload.ts';
import { bytes, duration } from '../format/format.ts';
import { texts } from '../texts/en.ts';
import { Failure } from './failure.tsx';

interface Running {
  name: string;
  size: number;
  done: number;
  begun: { at: number; done: number } | null;
}

/** ", 12 MB/s, Time left: 4 min", as soon as it can be said. */
function paceOf({ size, done, begun }: Running): string {
  const seconds = begun ? (Date.now() - begun.at) / 1000 : 0;
  const rate = begun && seconds >= 2 ? (done - begun.done) / seconds : 0;
  return rate > 0 ? `, ${bytes(rate)}/s, ${texts.task.left}: ${duration((size - done) / rate)}` : '';
}

/** Takes a backup by drag and drop or from a dialogue, with progress; it can be given up. */
export function UploadDrop({ target, onDone }: { target: UploadTarget; onDone: (fileName: string) => void }) {
  const client = useQueryClient();
  const [isOver, setIsOver] = useState(false);
  const [current, setCurrent] = useState<Running | null>(null);
  const [error, setError] = useState<unknown>(null);
  const abort = useRef<AbortController | null>(null);
  const start = async (file: File | null | undefined) => {
    if (!file || current) return;
    setError(null);
    setCurrent({ name: file.name, size: file.size, done: 0, begun: null });
    abort.current = new AbortController();
    try {
      const name = await upload(
        file,
        target,
        (done) =>
          setCurrent((known) => ({
            name: file.name,
            size: file.size,
            done,
            // The first call says what was there already.
            begun: known?.begun ?? { at: Date.now(), done },
          })),
        abort.current.signal,
      );
      await client.invalidateQueries({ queryKey: ['restore-files'] });
      onDone(name);
    } catch (failure) {
      if (!abort.current.signal.aborted) setError(failure);
    } finally {
      setCurrent(null);
    }
  };
  return (
    <section
      className="drop"
      aria-label={texts.backup.drop}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        void start(event.dataTransfer.files[0]);
      }}
    >
      {current ? (
        <Stack gap="xs">
          <Text size="sm">{`${texts.backup.uploading} ${current.name}: ${bytes(current.done)} ${texts.common.of} ${bytes(current.size)}${paceOf(current)}`}</Text>
          <Progress value={(100 * current.done) / Math.max(1, current.size)} aria-label={texts.backup.uploading} />
          <Text size="xs" c="dimmed">
            {texts.backup.kept}
          </Text>
          <Group justify="center">
            <Button size="xs" variant="default" onClick={() => abort.current?.abort()}>
              {texts.common.cancel}
            </Button>
          </Group>
        </Stack>
      ) : (
        <Stack gap="xs" align="center">
          <Text size="sm">{texts.backup.drop}</Text>
          <FileButton accept=".zip,application/zip" onChange={(file) => void start(file)}>
            {(props) => (
              <Button {...props} size="xs" variant="default">
                {texts.backup.choose}
              </Button>
            )}
          </FileButton>
        </Stack>
      )}
      {error ? <Failure error={error} /> : null}
    </section>
  );
}

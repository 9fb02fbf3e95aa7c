import type { Progress } from '#base/run-context.ts';

const interval = 200;

/** Shows progress on one line of a terminal: phase, how far, rate, time left. Silent where there is no terminal. */
export class TerminalProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #enabled: boolean;
  #phase = '';
  #started = 0;
  #first = 0;
  #shown = 0;
  #length = 0;

  constructor(stream: NodeJS.WriteStream, enabled: boolean) {
    this.#stream = stream;
    this.#enabled = enabled && stream.isTTY === true;
  }

  update = (progress: Progress): void => {
    if (!this.#enabled) return;
    const now = performance.now();
    if (progress.phase !== this.#phase) {
      this.#phase = progress.phase;
      this.#started = now;
      this.#first = progress.done;
      this.#shown = 0;
    }
    if (now - this.#shown < interval && progress.done !== progress.total) return;
    this.#shown = now;
    this.#write(progressLine(progress, progress.done - this.#first, (now - this.#started) / 1000));
  };

  clear(): void {
    if (this.#enabled && this.#length > 0) this.#stream.write(`\r${' '.repeat(this.#length)}\r`);
    this.#length = 0;
  }

  #write(line: string): void {
    const text = line.slice(0, (this.#stream.columns ?? 100) - 1);
    this.#stream.write(`\r${text.padEnd(this.#length)}`);
    this.#length = text.length;
  }
}

/** One line: "reading entities.xml 45 % (120 MB of 266 MB), 150 MB/s, 1 s left". `advanced` since `seconds` ago gives the rate. */
export function progressLine(progress: Progress, advanced: number, seconds: number): string {
  const { phase, done, total, unit } = progress;
  if (unit === 'steps') return total ? `${phase} ${done} of ${total}` : `${phase} ...`;
  const rate = seconds > 0.5 ? advanced / seconds : 0;
  const parts = [
    total
      ? `${phase} ${Math.floor((100 * done) / total)} % (${amount(done, unit)} of ${amount(total, unit)})`
      : `${phase} ${amount(done, unit)}`,
  ];
  if (rate > 0) parts.push(`${amount(rate, unit)}/s`);
  if (rate > 0 && total && done < total) parts.push(`${duration((total - done) / rate)} left`);
  return parts.join(', ');
}

/** "1,234 records", "12.5 MB". */
export function amount(value: number, unit: Progress['unit']): string {
  if (unit === 'bytes') return bytes(value);
  return `${Math.round(value).toLocaleString('en')} ${unit}`;
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

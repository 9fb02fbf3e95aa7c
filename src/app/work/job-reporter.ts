import type { Progress, RunContext, Warning } from '#base/run-context.ts';
import type { ControlDatabase } from '#control/control-database.ts';
import type { JobPhase, JobRecords } from '#control/jobs/job.ts';
import { addLogLines, addSkippedRecords, type LogLine, type SkippedRecord } from '#control/jobs/job-log.ts';
import { updateProgress } from '#control/jobs/progress-job.ts';

const flushMs = 500;
/** More lines than people read; the rest is counted. */
const mostLines = 5000;
const mostSkipped = 100_000;
/** What waits to be written is written early from so many on. */
const batch = 500;

/**
 * Carries what a flow tells into the control database: progress at most twice a second, lines of the log, skipped records, each in batches. Memory: one
 * batch, and what comes while it is written, beyond which lines are counted only.
 */
export class JobReporter {
  readonly #control: ControlDatabase;
  readonly #id: string;
  readonly #now: () => Date;
  readonly #timer: NodeJS.Timeout;
  #phase: JobPhase | null = null;
  #records: Partial<JobRecords> = {};
  #bytes: number | null = null;
  #warnings = 0;
  #lines: Omit<LogLine, 'id'>[] = [];
  #lineCount = 0;
  #skipped: Omit<SkippedRecord, 'id'>[] = [];
  #skippedCount = 0;
  #isDirty = true;
  #flushing: Promise<void> = Promise.resolve();

  constructor(control: ControlDatabase, id: string, now: () => Date) {
    this.#control = control;
    this.#id = id;
    this.#now = now;
    this.#timer = setInterval(() => void this.flush().catch(() => {}), flushMs);
  }

  get warnings(): number {
    return this.#warnings;
  }

  progress = (progress: Progress): void => {
    if (this.#phase?.name !== progress.phase) {
      this.#phase = { name: progress.phase, done: 0, total: null, unit: progress.unit, started: this.#now() };
    }
    this.#phase.done = progress.done;
    this.#phase.total = progress.total ?? null;
    if (progress.unit === 'records') {
      this.#records = {
        ...this.#records,
        processed: progress.done,
        ...(progress.total === undefined ? {} : { total: progress.total }),
      };
    } else if (progress.unit === 'bytes') this.#bytes = Math.max(this.#bytes ?? 0, progress.done);
    this.#isDirty = true;
  };

  warn = (warning: Warning): void => {
    this.#warnings++;
    this.#isDirty = true;
    if (warning.code === 'RECORD_SKIPPED') {
      this.#skippedCount++;
      this.#records = { ...this.#records, skipped: this.#skippedCount };
      if (this.#skippedCount <= mostSkipped) {
        this.#skipped.push({
          code: warning.code,
          object: warning.object ?? '',
          reason: warning.message.replace(/^skipped: /, ''),
        });
      }
    }
    this.log('warning', warning.message, warning.code, warning.object);
  };

  log(level: LogLine['level'], message: string, code: string | null = null, object: string | null = null): void {
    this.#lineCount++;
    if (this.#lineCount === mostLines + 1) {
      const more = 'There are more lines than are kept; the report of the job counts them all.';
      this.#lines.push({ time: this.#now(), level: 'info', code: null, message: more, object: null });
    }
    if (this.#lineCount > mostLines && level !== 'error') return;
    this.#lines.push({ time: this.#now(), level, code, message, object });
    if (this.#lines.length >= batch) void this.flush().catch(() => {});
  }

  /** Writes what has come since. One writing at a time. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write());
    return this.#flushing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** A context for a flow that reports here. */
  context(signal: AbortSignal, workFolder: string): RunContext {
    return { signal, workFolder, now: this.#now, warn: this.warn, progress: this.progress };
  }

  async #write(): Promise<void> {
    const [lines, skipped, isDirty] = [this.#lines, this.#skipped, this.#isDirty];
    this.#lines = [];
    this.#skipped = [];
    this.#isDirty = false;
    await addLogLines(this.#control, this.#id, lines);
    await addSkippedRecords(this.#control, this.#id, skipped);
    if (!isDirty) return;
    const progress = {
      records: this.#records,
      warnings: this.#warnings,
      ...(this.#phase ? { phase: this.#phase } : {}),
      ...(this.#bytes === null ? {} : { bytesProcessed: this.#bytes }),
    };
    await updateProgress(this.#control, this.#id, progress, this.#now());
  }
}

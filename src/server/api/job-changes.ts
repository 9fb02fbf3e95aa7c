import type { Application } from '#app/application.ts';
import type { Job } from '#control/jobs/job.ts';
import { jobsChannel } from '#control/jobs/job-events.ts';
import { placeInQueue, readJob } from '#control/jobs/read-jobs.ts';
import type { JobAnswer } from '../contract/job-contract.ts';
import { jobAnswer } from './job-answer.ts';

/** Changes of one job are told at most so often. */
const gatherMs = 250;
/** More at once are not told one by one: whoever follows looks again. */
const mostAtOnce = 200;

export interface JobFollower {
  changed(job: Job, answer: JobAnswer): void;
  /** Something may have been missed. */
  missed(): void;
}

/** Tells followers which jobs changed, on whichever server. A job is read once, however many follow. */
export class JobChanges {
  readonly #app: Application;
  readonly #followers = new Set<JobFollower>();
  readonly #waiting = new Set<string>();
  #listening: Promise<unknown> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(app: Application) {
    this.#app = app;
  }

  /** Returns a function that ends it. Errors: the control database cannot be reached. */
  async follow(follower: JobFollower): Promise<() => void> {
    this.#listening ??= this.#app.control.listen(
      jobsChannel,
      (id) => this.#note(id),
      () => this.#missed(),
    );
    try {
      await this.#listening;
    } catch (error) {
      this.#listening = null;
      throw error;
    }
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  #note(id: string): void {
    if (this.#followers.size === 0) return;
    this.#waiting.add(id);
    this.#timer ??= setTimeout(() => void this.#tell(), gatherMs);
  }

  async #tell(): Promise<void> {
    const ids = [...this.#waiting];
    this.#waiting.clear();
    try {
      if (ids.length > mostAtOnce) this.#missed();
      else for (const id of ids) await this.#tellOf(id);
    } catch {
      this.#missed();
    }
    this.#timer = this.#waiting.size > 0 ? setTimeout(() => void this.#tell(), gatherMs) : null;
  }

  async #tellOf(id: string): Promise<void> {
    const { control, now } = this.#app;
    const job = await readJob(control, id);
    if (!job) return;
    const answer = jobAnswer(job, now(), await placeInQueue(control, job));
    for (const follower of this.#followers) follower.changed(job, answer);
  }

  #missed(): void {
    for (const follower of this.#followers) follower.missed();
  }
}

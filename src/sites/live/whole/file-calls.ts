import * as blocking from 'node:fs';
import * as waiting from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

type Done = void | Promise<void>;

/** The calls that make small things in a file system. */
export interface FileCalls {
  mkdir(path: string, options: { mode: number }): unknown;
  /** With the flag 'wx' it makes a new file or fails: a link of that name is not followed. */
  writeFile(path: string, content: Buffer, options: { flag: 'wx'; mode: number }): Done;
  symlink(target: string, path: string): Done;
  chown(path: string, uid: number, gid: number): Done;
  chmod(path: string, mode: number): Done;
  utimes(path: string, atime: number, mtime: number): Done;
  lchown(path: string, uid: number, gid: number): Done;
  lutimes(path: string, atime: number, mtime: number): Done;
}

/** Calls that let others go on while they wait. */
export const waitingCalls: FileCalls = waiting;

const blockingCalls: FileCalls = {
  mkdir: blocking.mkdirSync,
  writeFile: blocking.writeFileSync,
  symlink: blocking.symlinkSync,
  chown: blocking.chownSync,
  chmod: blocking.chmodSync,
  utimes: blocking.utimesSync,
  lchown: blocking.lchownSync,
  lutimes: blocking.lutimesSync,
};

/** A mean above this many milliseconds, and the disk is slow for the next so many uses. */
const slowMs = 1;
const slowUses = 500;
/** Others get their turn after so many milliseconds. */
const turnMs = 10;

/**
 * Chooses how to call the file system. A local disk answers within microseconds, less than it costs to hand a call to a thread and take it
 * back (a tree of small files takes a third of the time). A network drive takes a round trip for each, in which others must go on.
 */
export class FilePace {
  #meanMs = 0;
  #slowFor = 0;
  #sinceTurn = 0;

  /** Does `work` with blocking calls while they are fast, else with waiting ones. */
  async run(work: (calls: FileCalls) => Promise<void>): Promise<void> {
    if (this.#slowFor > 0) {
      this.#slowFor--;
      return await work(waitingCalls);
    }
    const started = performance.now();
    await work(blockingCalls);
    const took = performance.now() - started;
    this.#meanMs += (took - this.#meanMs) / 16;
    if (this.#meanMs > slowMs) {
      this.#slowFor = slowUses;
      this.#meanMs = 0;
    }
    this.#sinceTurn += took;
    if (this.#sinceTurn < turnMs) return;
    this.#sinceTurn = 0;
    await nextTurn();
  }
}

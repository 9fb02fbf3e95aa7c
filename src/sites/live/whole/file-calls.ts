import * as blocking from 'node:fs';
import * as waiting from 'node:fs/promises';
import { CallPace } from './call-pace.ts';

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

/** Makes small things by blocking calls while the disk is fast, by waiting ones while it is not. */
export class FilePace {
  readonly #pace = new CallPace();

  async run(work: (calls: FileCalls) => Promise<void>): Promise<void> {
    if (!this.#pace.isFast) return await work(waitingCalls);
    const started = performance.now();
    await work(blockingCalls);
    await this.#pace.note(performance.now() - started);
  }
}

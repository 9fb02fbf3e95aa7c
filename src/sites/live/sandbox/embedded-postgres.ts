import { execFile } from 'node:child_process';
import { closeSync } from 'node:fs';
import { mkdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { createCluster, databaseUser, readOrCreatePassword } from './create-cluster.ts';
import { withFileLock } from './file-lock.ts';
import { type LaunchFiles, launchServer } from './launch-server.ts';
import { findNativePackage, nativeEnvironment, runnableBinaries } from './native-binaries.ts';
import { disownStaleLockFile, findPostmaster, isServerOf, type Postmaster } from './postmaster.ts';
import { type ServiceAccount, serviceAccount } from './service-account.ts';
import { holdTether, isTetherHeld, makeTether } from './tether.ts';

export interface EmbeddedPostgresOptions {
  /** Holds a copy of the PostgreSQL programs when those in node_modules cannot be used. Made when needed. */
  runtimeFolder: string;
  /** File with the password of the superuser, made when needed (mode 0600). Its folder must exist. */
  passwordFile: string;
  /** The server outlives this process, until stop(). Else it ends with the last process that has it open. Default false. */
  keep?: boolean;
  /** See LaunchOptions. Default true. */
  durable?: boolean;
  /** How long to wait for another process that starts or stops the same server. Default one minute. */
  waitMs?: number;
}

const pollMs = 10;
/** The pause in which a server whose last holder died just before we took hold is told to stop. */
const settleMs = 30;
/** A fast shutdown writes out shared_buffers: seconds; after this it is told to stop at once (and recovers at its next start). */
const stopPolls = 30_000;
const defaultWaitMs = 60_000;

/**
 * One PostgreSQL server of Oxbow's own, from the binaries that npm installed, on a folder of its own:
 * data/ (the cluster, of the account that PostgreSQL runs as), log, tether (see tether.ts), keep (present: outlives us), lock.
 * It listens on 127.0.0.1 only, on a port that is free when it starts. Any number of processes may have it open.
 */
export class EmbeddedPostgres {
  readonly #files: LaunchFiles;
  readonly #lock: string;
  readonly #options: EmbeddedPostgresOptions;
  readonly #password: string;
  readonly #account: ServiceAccount;
  #server: Postmaster | null = null;
  #hold: number | null = null;

  private constructor(folder: string, options: EmbeddedPostgresOptions, password: string, account: ServiceAccount) {
    this.#files = filesOf(folder);
    this.#lock = join(folder, 'lock');
    this.#options = options;
    this.#password = password;
    this.#account = account;
  }

  /**
   * Opens the server on `folder`: creates the cluster when there is none, adopts a server that runs, waits for one that is stopping,
   * starts one otherwise. Throws SANDBOX_START_FAILED, SANDBOX_PLATFORM_UNSUPPORTED, SANDBOX_FOLDER_UNREACHABLE, SANDBOX_OTHER_OWNER
   * and SANDBOX_BUSY.
   */
  static async open(folder: string, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    await mkdir(folder, { recursive: true, mode: 0o711 });
    const real = await realpath(folder);
    const account = await serviceAccount(join(real, 'data'));
    await mustReach(real, account);
    const password = await withFileLock(join(real, 'lock'), `The database in ${folder}`, options.waitMs ?? defaultWaitMs, () =>
      readOrCreatePassword(options.passwordFile),
    );
    const server = new EmbeddedPostgres(real, options, password, account);
    await server.start();
    return server;
  }

  /** Starts it again after stop(); nothing happens when it runs. */
  async start(): Promise<void> {
    await this.#locked(async () => {
      if (this.#server && (await isServerOf(this.#server.pid, this.#files.data))) return;
      this.#letGo();
      if (!(await exists(this.#files.data))) {
        await createCluster(await this.#binaries(), this.#files.data, this.#password, this.#account);
      }
      while (!(await this.#adopt())) {
        if (await findPostmaster(this.#files.data)) continue;
        await this.#launch();
        return;
      }
    });
  }

  /** Connection URL of `database`, with the password: for memory only, never for a log or a file. */
  url(database: string): string {
    return `postgresql://${databaseUser}:${encodeURIComponent(this.#password)}@127.0.0.1:${this.port}/${encodeURIComponent(database)}`;
  }

  get port(): number {
    if (!this.#server) throw new Error('the server is closed');
    return this.#server.port;
  }

  /** Stops the server, kept or not, whoever uses it, and waits until it is gone (see stopServer). */
  async stop(): Promise<void> {
    await this.#locked(async () => {
      await stopServer(dirname(this.#files.data));
      this.#letGo();
    });
  }

  /** Lets go of the server. If it is not kept and nobody else has it open, it stops, and this waits until it is gone. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#letGo();
    if (!server || (await exists(this.#files.keep)) || isTetherHeld(this.#files.tether)) return;
    await untilGone(server.pid, this.#files.data, stopPolls);
  }

  /** Takes hold of a running server. False when there is none, or none that will stay. */
  async #adopt(): Promise<boolean> {
    const { data, tether, keep } = this.#files;
    const found = await settledServer(data);
    if (!found) return false;
    if (this.#options.keep) await setKeep(keep, true);
    const hold = holdTether(tether);
    if (hold === null && !(await exists(keep))) {
      // Its supervisor was killed: nobody would ever stop it.
      await stopServer(dirname(data));
      return false;
    }
    await sleep(settleMs);
    const still = await findPostmaster(data);
    if (still?.pid !== found.pid || still.status !== 'ready') {
      if (hold !== null) closeSync(hold);
      return false;
    }
    this.#hold = hold;
    this.#server = still;
    return true;
  }

  async #launch(): Promise<void> {
    const binaries = await this.#binaries();
    await setKeep(this.#files.keep, this.#options.keep ?? false);
    await makeTether(this.#files.tether, this.#account);
    await disownStaleLockFile(this.#files.data);
    const { postmaster, hold } = await launchServer(binaries, this.#files, this.#account, {
      durable: this.#options.durable ?? true,
    });
    this.#server = postmaster;
    this.#hold = hold;
  }

  async #binaries(): Promise<string> {
    return await runnableBinaries(await findNativePackage(), this.#options.runtimeFolder, this.#account);
  }

  #letGo(): void {
    if (this.#hold !== null) closeSync(this.#hold);
    this.#hold = null;
    this.#server = null;
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    return await withFileLock(
      this.#lock,
      `The database in ${dirname(this.#files.data)}`,
      this.#options.waitMs ?? defaultWaitMs,
      work,
    );
  }
}

/** The server that runs on the folder of an EmbeddedPostgres, and whether any process has it open. Null when it is stopped. */
export async function findServer(folder: string): Promise<(Postmaster & { inUse: boolean; kept: boolean }) | null> {
  const real = await realpath(folder).catch(() => null);
  if (real === null) return null;
  const files = filesOf(real);
  const server = await findPostmaster(files.data);
  return server && { ...server, inUse: isTetherHeld(files.tether), kept: await exists(files.keep) };
}

/** Fast shutdown of the server on the folder of an EmbeddedPostgres, if one runs: open transactions are rolled back. Waits until it is gone. */
export async function stopServer(folder: string): Promise<void> {
  const real = await realpath(folder).catch(() => null);
  if (real === null) return;
  const { data, keep } = filesOf(real);
  await setKeep(keep, false);
  const server = await findPostmaster(data);
  if (!server) return;
  for (const [signal, polls] of [
    ['SIGINT', stopPolls],
    ['SIGQUIT', stopPolls],
  ] as const) {
    signalProcess(server.pid, signal);
    if (await untilGone(server.pid, data, polls)) return;
  }
  throw new OxbowError('SANDBOX_STOP_FAILED', `PostgreSQL (process ${server.pid}) in ${data} does not stop.`, {
    hint: 'Look at the log beside that folder, and at the disk.',
  });
}

function filesOf(folder: string): LaunchFiles {
  return { data: join(folder, 'data'), log: join(folder, 'log'), tether: join(folder, 'tether'), keep: join(folder, 'keep') };
}

/** The server once it is neither starting nor stopping; null when none runs. */
async function settledServer(data: string): Promise<Postmaster | null> {
  for (let poll = 0; poll < stopPolls; poll++) {
    const server = await findPostmaster(data);
    if (server === null || server.status === 'ready') return server;
    await sleep(pollMs);
  }
  throw new OxbowError('SANDBOX_BUSY', `PostgreSQL in ${data} has been starting or stopping for minutes.`, {
    hint: 'Look at the log beside that folder, then try again.',
  });
}

async function untilGone(pid: number, data: string, polls: number): Promise<boolean> {
  for (let poll = 0; poll < polls; poll++) {
    if (!(await isServerOf(pid, data))) return true;
    await sleep(pollMs);
  }
  return false;
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}

async function setKeep(path: string, keep: boolean): Promise<void> {
  if (keep) await writeFile(path, '');
  else await rm(path, { force: true });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** PostgreSQL's account needs the right to pass through every folder above its data. Names the first one where it has not. */
async function mustReach(folder: string, account: ServiceAccount): Promise<void> {
  if (account.uid === undefined) return;
  const canEnter = (path: string) =>
    promisify(execFile)('/bin/sh', ['-c', 'cd "$1"', 'sh', path], { ...account, cwd: '/', env: nativeEnvironment }).then(
      () => true,
      () => false,
    );
  if (await canEnter(folder)) return;
  let closed = folder;
  for (let above = dirname(closed); closed !== above && !(await canEnter(above)); above = dirname(closed)) closed = above;
  throw new OxbowError(
    'SANDBOX_FOLDER_UNREACHABLE',
    `The account that PostgreSQL runs as (uid ${account.uid}) cannot enter ${closed}.`,
    {
      hint: `Keep Oxbow's data in a folder that other accounts may pass through, for example /var/lib/oxbow, or allow it: chmod o+x ${closed}`,
    },
  );
}

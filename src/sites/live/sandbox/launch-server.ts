import { spawn } from 'node:child_process';
import { closeSync, openSync, statfsSync } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { nativeEnvironment } from './native-binaries.ts';
import { findPostmaster, type Postmaster } from './postmaster.ts';
import type { ServiceAccount } from './service-account.ts';
import { holdTether, supervisorScript } from './tether.ts';

export interface LaunchFiles {
  data: string;
  log: string;
  tether: string;
  keep: string;
}

/** A server that runs, with our hold on it (null when it was gone before we could take hold). */
export interface LaunchedServer {
  postmaster: Postmaster;
  hold: number | null;
}

const pollMs = 10;
/** Crash recovery replays up to max_wal_size of log: minutes on a slow disk. */
const startPolls = 60_000;
const attempts = 20;
const retryMs = 500;
const logBytes = 1024 * 1024;
const logTailBytes = 4096;

/** What a start may fail of for the moment: another program took the port, or orphans of a killed server are still about to end. */
const passing = /could not bind|address already in use|pre-existing shared memory block|lock file .* already exists/i;

/** Bytes of /dev/shm below which PostgreSQL keeps shared memory of parallel queries in files (containers often have 64 MiB only). */
const sharedMemoryBytes = 1024 ** 3;

function settings(durable: boolean): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '60',
    max_locks_per_transaction: '256',
    shared_buffers: '256MB',
    maintenance_work_mem: '256MB',
    dynamic_shared_memory_type: freeSharedMemory() >= sharedMemoryBytes ? 'posix' : 'mmap',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    jit: 'off',
    // Content of a site must not get into the log: neither statements nor the values that break a constraint.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
  };
}

function freeSharedMemory(): number {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize;
  } catch {
    return 0;
  }
}

export interface LaunchOptions {
  /** False: what is written may be lost when the machine fails, though not when the server is killed. For what is thrown away. */
  durable: boolean;
}

/**
 * Starts a server on `files.data` under a supervisor in a session of its own (Ctrl-C does not reach it) and waits until it accepts
 * connections. Throws SANDBOX_START_FAILED with the end of its log.
 */
export async function launchServer(
  binaries: string,
  files: LaunchFiles,
  account: ServiceAccount,
  options: LaunchOptions = { durable: true },
): Promise<LaunchedServer> {
  for (let attempt = 1; ; attempt++) {
    await keepLogSmall(files.log);
    const logStart = await fileSize(files.log);
    const launched = await launchOnce(binaries, files, account, options);
    if (typeof launched !== 'string') return launched;
    const said = await readFrom(files.log, logStart);
    if (attempt < attempts && passing.test(said)) {
      await sleep(retryMs);
      continue;
    }
    throw new OxbowError('SANDBOX_START_FAILED', `PostgreSQL did not start in ${files.data}: ${lastLines(said) || launched}`, {
      hint: `The whole log is in ${files.log}.`,
    });
  }
}

/** The server, or why there is none. */
async function launchOnce(
  binaries: string,
  files: LaunchFiles,
  account: ServiceAccount,
  { durable }: LaunchOptions,
): Promise<LaunchedServer | string> {
  const port = await freePort();
  const options = Object.entries(settings(durable)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [join(binaries, 'bin', 'postgres'), '-D', files.data, '-p', String(port), ...options];
  const log = openSync(files.log, 'a', 0o600);
  const child = spawn('/bin/sh', ['-c', supervisorScript, 'oxbow-postgres', files.tether, files.keep, ...command], {
    ...account,
    cwd: '/',
    env: nativeEnvironment,
    detached: true,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  let ended: string | undefined;
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', () => {
    ended ??= 'it ended at once, without a word';
  });
  child.stdin!.on('error', () => {});
  child.unref();
  try {
    for (let poll = 0; poll < startPolls; poll++) {
      if (ended !== undefined) return ended;
      const postmaster = await findPostmaster(files.data);
      if (postmaster?.status === 'ready') return { postmaster, hold: holdTether(files.tether) };
      await sleep(pollMs);
    }
    return `not ready after ${(startPolls * pollMs) / 60_000} minutes`;
  } finally {
    // From here on the tether holds the server; without one the supervisor stops it.
    child.stdin!.destroy();
  }
}

/** A port that is free now. Another program may take it before PostgreSQL does; then the start is tried again with another. */
async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

async function keepLogSmall(path: string): Promise<void> {
  if ((await fileSize(path)) > logBytes) await rename(path, `${path}.1`);
}

/** The last bytes of a file, but none before `start`. */
async function readFrom(path: string, start: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const from = Math.max(start, size - logTailBytes);
    const buffer = Buffer.alloc(Math.max(0, size - from));
    await file.read(buffer, 0, buffer.length, from);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join(' / ');
}

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemErrorCode } from '#base/errors.ts';

/** A running PostgreSQL, as its lock file `postmaster.pid` tells. */
export interface Postmaster {
  pid: number;
  port: number;
  status: 'starting' | 'ready' | 'stopping';
}

/**
 * The server that runs on `dataFolder`, null when none does. The pid of the lock file counts only if that process really is a server
 * of this folder: after a crash the number may have gone to another process.
 * Lines of the file: 1 pid, 4 port, 8 status (PostgreSQL's pidfile.h).
 */
export async function findPostmaster(dataFolder: string): Promise<Postmaster | null> {
  const lines = await readLockFile(dataFolder);
  const pid = Number(lines?.[0]);
  if (!lines || !Number.isInteger(pid) || pid <= 1 || !(await isServerOf(pid, dataFolder))) return null;
  const status = lines[7]?.trim();
  const port = Number(lines[3]);
  return { pid, port, status: status === 'ready' || status === 'stopping' ? status : 'starting' };
}

/** Whether process `pid` is alive and a server on `dataFolder`. A zombie is not: it has no command line any more. */
export async function isServerOf(pid: number, dataFolder: string): Promise<boolean> {
  const line = await commandLine(pid);
  return !line.startsWith('/bin/sh') && line.includes(`postgres -D ${dataFolder} `);
}

/**
 * Makes a left-over lock file name a process that is certainly dead, when its pid now belongs to something else: PostgreSQL would take
 * that for a running server. The rest of the file stays, for with it PostgreSQL sees whether orphans of the old server still live.
 */
export async function disownStaleLockFile(dataFolder: string): Promise<void> {
  const lines = await readLockFile(dataFolder);
  if (!lines || (await findPostmaster(dataFolder))) return;
  const dead = promisify(execFile)('true');
  const pid = dead.child.pid;
  await dead;
  // The folder belongs to a lesser account: a symbolic link in it must not lead us elsewhere.
  const file = await open(join(dataFolder, 'postmaster.pid'), constants.O_RDWR | constants.O_NOFOLLOW | constants.O_TRUNC);
  try {
    await file.writeFile([pid, ...lines.slice(1)].join('\n'));
  } finally {
    await file.close();
  }
}

async function readLockFile(dataFolder: string): Promise<string[] | null> {
  try {
    return (await readFile(join(dataFolder, 'postmaster.pid'), 'utf8')).split('\n');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The command line of a process as text; '' when it is gone. From /proc, on systems without it from ps. */
async function commandLine(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  } catch {
    if (process.platform === 'linux') return '';
    const listed = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return listed.stdout;
  }
}

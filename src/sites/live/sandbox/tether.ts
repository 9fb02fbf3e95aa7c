import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { chown, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemErrorCode } from '#base/errors.ts';
import type { ServiceAccount } from './service-account.ts';

/**
 * The tether is a named pipe that every process using a server keeps open for writing, and that the server's supervisor reads. Nothing
 * is ever written: when the last writer is gone, by close() or by dying, the reader sees the end and stops the server.
 */
export async function makeTether(path: string, account: ServiceAccount): Promise<void> {
  await rm(path, { force: true });
  await promisify(execFile)('mkfifo', ['-m', '600', path]);
  if (account.uid !== undefined && account.gid !== undefined) await chown(path, account.uid, account.gid);
}

/** Takes hold. A file descriptor to close for letting go; null when no supervisor reads the pipe. Other processes do not inherit it. */
export function holdTether(path: string): number | null {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENXIO' || code === 'ENOENT') return null;
    throw error;
  }
}

/** Whether any process holds it. */
export function isTetherHeld(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    // Without writers a pipe is at its end; with writers that say nothing reading would have to wait (EAGAIN).
    readSync(fd, Buffer.alloc(1));
    return false;
  } catch (error) {
    if (systemErrorCode(error) === 'EAGAIN') return true;
    throw error;
  } finally {
    closeSync(fd);
  }
}

/**
 * Supervises a server, for `sh -c SCRIPT NAME TETHER KEEP COMMAND...` with a pipe on stdin that its starter holds until it has taken
 * the tether. Stops the server (SIGINT: fast shutdown) when stdin and then the tether come to their end, unless the file KEEP exists.
 * Descriptor 5 stays open so that the pipe has a reader as long as the server lives.
 */
export const supervisorScript = `
tether=$1 keep=$2
shift 2
trap '' HUP PIPE
exec 3<&0 4<>"$tether" 5<"$tether" 4>&- </dev/null
"$@" 3<&- 5<&- &
server=$!
trap 'kill -INT $server' INT TERM
( trap - INT TERM; cat <&3; cat <&5; [ -e "$keep" ] || kill -INT $server ) >/dev/null 2>&1 &
exec 3<&-
while kill -0 $server 2>/dev/null; do wait $server; done
kill -KILL 0
`;

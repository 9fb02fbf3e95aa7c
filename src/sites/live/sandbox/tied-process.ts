import { spawn } from 'node:child_process';
import { nativeEnvironment } from './native-binaries.ts';
import type { ServiceAccount } from './service-account.ts';

/**
 * For `sh -c SCRIPT NAME COMMAND...` in a process group of its own, with a pipe on stdin that we hold: when the pipe ends before the
 * command does, because we died, the whole group is killed.
 */
const script = `
exec 3<&0 </dev/null
"$@" 3<&- &
command=$!
( cat <&3; kill -KILL 0 ) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait $command
status=$?
kill -KILL $watcher
exit $status
`;

/** Runs a program that must not go on when this process is killed. Resolves with its exit code and the end of what it said on stderr. */
export async function runTied(command: string[], account: ServiceAccount): Promise<{ code: number | null; said: string }> {
  return await new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', script, 'oxbow-tied', ...command], {
      ...account,
      cwd: '/',
      env: nativeEnvironment,
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4096);
    });
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said: said.trim().split('\n').slice(-4).join(' / ') }));
  });
}

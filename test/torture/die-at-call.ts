import fs from 'node:fs';
import fsp from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import pg from 'pg';

/**
 * Loaded into a command (node --import): counts the calls with which it changes something, files and database, and kills it right before the
 * one that OXBOW_TORTURE_DIE_AT says. A command that ends by itself writes their number into the file OXBOW_TORTURE_CALLS.
 */
const { OXBOW_TORTURE_DIE_AT: dieAt, OXBOW_TORTURE_CALLS: callsFile } = process.env;
const writeCount = fs.writeFileSync;
let calls = 0;

function count(): void {
  if (++calls === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
}

function watch(object: object, names: string[]): void {
  const methods = object as Record<string, (...args: unknown[]) => unknown>;
  for (const name of names) {
    const call = methods[name];
    if (!call) continue;
    methods[name] = function (this: unknown, ...args) {
      count();
      return call.apply(this, args);
    };
  }
}

const changing = ['rename', 'link', 'rm', 'rmdir', 'unlink', 'mkdir', 'mkdtemp', 'symlink', 'writeFile', 'truncate'];
watch(fsp, changing);
watch(
  fs,
  changing.map((name) => `${name}Sync`),
);
watch(fs, ['writeSync', 'fsyncSync']);
syncBuiltinESMExports();
const handle = await fsp.open('/dev/null');
watch(Object.getPrototypeOf(handle) as object, ['write', 'writeFile', 'sync']);
await handle.close();
watch(pg.Client.prototype, ['query']);

if (callsFile) process.on('exit', () => writeCount(callsFile, String(calls)));

#!/usr/bin/env node
// Starts Oxbow on Node 24, which runs its TypeScript directly. On an older Node that is the one which `npm install` has put beside the other
// packages (optional dependency node-<platform>-<arch>). A small young generation keeps the memory of long runs flat. Node keeps what it made of the
// source files in a private folder of the account (NODE_COMPILE_CACHE names another one, NODE_DISABLE_COMPILE_CACHE=1 none).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileCache } from './compile-cache.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, 'src', 'cli', 'main.ts');
const [major] = process.versions.node.split('.').map(Number);
const system = `${process.platform}-${process.arch}`;
const bundled = join(root, 'node_modules', system === 'darwin-arm64' ? `node-bin-${system}` : `node-${system}`, 'bin', 'node');
const node = major >= 24 ? process.execPath : bundled;
const args = ['--max-semi-space-size=8', main, ...process.argv.slice(2)];
// glibc keeps freed buffers for itself unless told otherwise; other systems ignore these. Chunks of rows stay below the threshold: to map and unmap
// each of them costs a tenth of the time of a first backup.
const cache = compileCache(process.env);
const environment = {
  ...(cache ? { NODE_COMPILE_CACHE: cache } : {}),
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '8388608',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  ...process.env,
};

if (!existsSync(node)) {
  process.stderr.write(`Oxbow needs Node 24. This is ${process.version}, and npm has not installed one for ${system}.\n`);
  process.stderr.write('Run "npm install" in the folder of Oxbow, or start it with Node 24.\n');
  process.exit(1);
}
// Becoming the other process leaves no parent behind that could be killed alone.
if (typeof process.execve === 'function') process.execve(node, [node, ...args], environment);

// The channel tells the child when this process is killed: it then ends too, and PostgreSQL rolls back.
const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: environment });
// Ctrl-C reaches the whole process group; the child decides how to end, this process only waits for it.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));

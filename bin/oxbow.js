#!/usr/bin/env node
// Oxbow runs its TypeScript directly, which needs Node 24. On an older Node this launcher starts itself again with the
// Node 24 that `npm install` has put beside the other packages (optional dependency node-<platform>-<arch>).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, 'src', 'cli', 'main.ts');
const [major] = process.versions.node.split('.').map(Number);

if (major >= 24) {
  await import(main);
} else {
  const bundled = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (!existsSync(bundled)) {
    process.stderr.write(
      `Oxbow needs Node 24. This is ${process.version}, and npm has not installed one for ${process.platform}-${process.arch}.\n`,
    );
    process.stderr.write('Run "npm install" in the folder of Oxbow, or start it with Node 24.\n');
    process.exit(1);
  }
  const child = spawn(bundled, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches the whole process group; the child decides how to end, this process only waits for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
}

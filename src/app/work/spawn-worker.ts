import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { OpenApplication } from '../open-application.ts';

/**
 * Starts the process of one job. Its arguments name folders and a queue, no secret: what it needs beyond them it reads as the server does, from the
 * configuration and the environment. The channel tells it when the server is gone.
 */
export function spawnWorker(app: Pick<OpenApplication, 'data' | 'configFile' | 'config' | 'env'>, queue: string): ChildProcess {
  const args = [
    `--max-old-space-size=${app.config.workerMemory}`,
    '--max-semi-space-size=8',
    join(import.meta.dirname, 'worker.ts'),
    '--data',
    app.data,
    ...(app.configFile ? ['--config', app.configFile] : []),
    queue,
  ];
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      // glibc keeps freed buffers for itself unless told otherwise; other systems ignore these.
      MALLOC_ARENA_MAX: '2',
      MALLOC_TRIM_THRESHOLD_: '1048576',
      MALLOC_MMAP_THRESHOLD_: '131072',
      ...app.env,
    },
  });
}

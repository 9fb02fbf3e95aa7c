import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

describe('the thread that makes packs', () => {
  it('keeps the process alive while something is due, and not afterwards', async () => {
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'pack-thread-child.ts')]);
    expect(stdout).toBe('done');
  });
});

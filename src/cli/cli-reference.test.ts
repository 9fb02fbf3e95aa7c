import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cliReference } from './cli-reference.ts';
import { buildProgram } from './program.ts';

const file = join(import.meta.dirname, '../../docs/reference/cli.md');

it('the reference of commands says what the commands say (npm run docs)', () => {
  const text = cliReference(buildProgram());
  if (process.env.OXBOW_WRITE_DOCS) writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

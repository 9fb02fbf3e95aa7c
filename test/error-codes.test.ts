import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Codes as the sources write them: in an OxbowError, a warning, a note, or a call named after a problem. */
function codesInSources(): Set<string> {
  const codes = new Set<string>();
  for (const file of globSync('src/**/*.ts', { cwd: root }).filter((name) => !name.endsWith('.test.ts'))) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const match of text.matchAll(/(?:OxbowError\(|\bcode:|\.note\(|[pP]roblem\w*\()\s*'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g))
      codes.add(match[1]);
  }
  return codes;
}

describe('docs/errors.md', () => {
  it('names every code that Oxbow can print', () => {
    const text = readFileSync(join(root, 'docs/errors.md'), 'utf8');
    const codes = codesInSources();
    expect(codes.size).toBeGreaterThan(50);
    expect([...codes].filter((code) => !new RegExp(`\\b${code}\\b`).test(text))).toEqual([]);
  });
});

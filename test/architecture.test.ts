import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Room {
  name: string;
  imports: string[];
  packages: string[];
}

interface Import {
  file: string;
  target: string;
}

function readRooms(): Room[] {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const table = text.slice(text.indexOf('| room |'), text.indexOf('`#room/file.ts` crosses'));
  const list = (cell: string) => (cell.trim() === '-' ? [] : cell.split(',').map((part) => part.trim()));
  return table
    .split('\n')
    .slice(2)
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').slice(1, -1))
    .map(([name, imports, packages]) => ({ name: name.trim(), imports: list(imports), packages: list(packages) }));
}

const rooms = readRooms();

/** The room of a file below src/, the longest name that fits. */
function roomOf(path: string): string | undefined {
  const fitting = rooms.filter((room) => path.startsWith(`${room.name}/`)).sort((a, b) => b.name.length - a.name.length);
  return fitting[0]?.name;
}

function isTestFile(file: string): boolean {
  // Test support is named after what it supports tests with, and imported by tests alone (checked below).
  return file.endsWith('.test.ts') || testSupport.has(file);
}

const testSupport = new Set([
  'sites/xml/scan/saxes-reference.ts',
  'sites/xml/scan/arbitrary-document.ts',
  'sites/xml/scan/scan-whole.ts',
  'sites/live/sandbox/throwaway-postgres.ts',
  'vault/vault-fixture.ts',
  'vault/chunks/arbitrary-pack.ts',
  'vault/store/faulty-store.ts',
  'vault/store/late-list-store.ts',
  'vault/store/store-contract.ts',
]);

const files = globSync('src/**/*.{ts,tsx}', { cwd: root }).map((file) => relative('src', file));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, 'src', file), 'utf8');
  const found = [
    ...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'/g),
    ...text.matchAll(/import\(\s*'([^']+)'\s*\)/g),
  ];
  const bare = [...text.matchAll(/(?:^|\n)import\s+'([^']+)'/g)];
  return [...found, ...bare].map((match) => ({ file, target: match[1] }));
}

/** The file below src/ that an import means; undefined for packages. */
function resolved({ file, target }: Import): string | undefined {
  if (target.startsWith('#')) return target.slice(1);
  if (target.startsWith('.')) return normalize(join(dirname(file), target));
  return undefined;
}

const product = files.filter((file) => !isTestFile(file));

describe('the architecture', () => {
  it('has a row in the table for the room of every file', () => {
    expect(rooms.length).toBeGreaterThan(5);
    expect(files.filter((file) => roomOf(file) === undefined)).toEqual([]);
  });

  it('has no arrow between rooms but those of the table', () => {
    const wrong = product.flatMap((file) => {
      const room = rooms.find((r) => r.name === roomOf(file))!;
      return importsOf(file).flatMap((entry) => {
        const to = resolved(entry);
        const target = to === undefined ? undefined : roomOf(to);
        return target === undefined || target === room.name || room.imports.includes(target) ? [] : [`${file} -> ${to}`];
      });
    });
    expect(wrong).toEqual([]);
  });

  it('imports packages only in their room', () => {
    const wrong = product.flatMap((file) => {
      const room = rooms.find((r) => r.name === roomOf(file))!;
      return importsOf(file)
        .filter((entry) => resolved(entry) === undefined && !entry.target.startsWith('node:'))
        .filter(
          (entry) =>
            !room.packages.includes(
              entry.target
                .split('/')
                .slice(0, entry.target.startsWith('@') ? 2 : 1)
                .join('/'),
            ),
        )
        .map((entry) => `${file} -> ${entry.target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('crosses walls by # and stays inside by ./', () => {
    const wrong = product.flatMap((file) =>
      importsOf(file).flatMap((entry) => {
        const to = resolved(entry);
        if (to === undefined) return [];
        const crosses = roomOf(to) !== roomOf(file);
        return crosses === entry.target.startsWith('#') ? [] : [`${file} -> ${entry.target}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('lets the console know nothing of the server but its contract', () => {
    const wrong = product
      .filter((file) => roomOf(file) === 'web')
      .flatMap((file) => importsOf(file))
      .filter((entry) => {
        const to = resolved(entry);
        return to?.startsWith('server/') && !to.startsWith('server/contract/');
      });
    expect(wrong).toEqual([]);
  });

  it('has no circle of imports', () => {
    const edges = new Map(product.map((file) => [file, importsOf(file).flatMap((entry) => resolved(entry) ?? [])]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of product) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('has no file that imports test support into the product', () => {
    const wrong = product.flatMap((file) =>
      importsOf(file)
        .filter((entry) => testSupport.has(resolved(entry) ?? ''))
        .map((entry) => `${file} -> ${entry.target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no names that say nothing, no index files and no file beyond the wall of 600 lines', () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|manager|index)(\/|\.ts$)/.test(file))).toEqual([]);
    const long = files.filter((file) => readFileSync(join(root, 'src', file), 'utf8').split('\n').length > 601);
    expect(long).toEqual([]);
  });

  it('reads neither clock, environment nor chance outside of app, cli and web', () => {
    // The console runs in a browser, with a clock of its own.
    const allowed = (file: string) => ['app', 'cli', 'web'].includes(roomOf(file) ?? '');
    const wrong = product
      .filter((file) => !allowed(file))
      .filter((file) =>
        /\bnew Date\(\)|\bDate\.now\(|process\.env\b|Math\.random\(/.test(readFileSync(join(root, 'src', file), 'utf8')),
      );
    expect(wrong).toEqual([]);
  });
});

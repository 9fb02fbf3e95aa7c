import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchLines, decodeRow } from '#model/copy-text.ts';
import { tableModel } from '#model/table-model.ts';
import { GeneratedSite } from './generated-site.ts';
import { generatedSiteSummary } from './generated-site-summary.ts';
import type { GeneratedSiteOptions } from './site-options.ts';

const small: GeneratedSiteOptions = { pages: 400, seed: 11, users: 40, comments: 1, history: 1 };

async function digest(site: GeneratedSite, table: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const batch of site.rows(table)) hash.update(batch.data);
  return hash.digest('hex');
}

async function rowsOf(site: GeneratedSite, table: string): Promise<Record<string, string | null>[]> {
  const columns = (await site.describe()).tables.find((t) => t.name === table)!.columns.map((column) => column.name);
  const rows: Record<string, string | null>[] = [];
  for await (const batch of site.rows(table)) {
    for (const line of batchLines(batch.data)) {
      const values = decodeRow(line);
      rows.push(Object.fromEntries(columns.map((name, i) => [name, values[i]!])));
    }
  }
  return rows;
}

describe('a generated site', () => {
  it('is the same for the same options, read in any order and again', async () => {
    const one = new GeneratedSite(small);
    const two = new GeneratedSite({ ...small });
    const names = (await one.describe()).tables.map((table) => table.name);
    const first = new Map<string, string>();
    for (const name of names) first.set(name, await digest(one, name));
    for (const name of names.toReversed()) expect([name, await digest(two, name)]).toEqual([name, first.get(name)]);
    expect(await digest(one, 'bodycontent')).toBe(first.get('bodycontent'));
  });

  it('does not change when two tables are read at the same time', async () => {
    const site = new GeneratedSite(small);
    const alone = [await digest(site, 'bodycontent'), await digest(site, 'content')];
    expect(await Promise.all([digest(site, 'bodycontent'), digest(site, 'content')])).toEqual(alone);
  });

  it('is another one for another seed', async () => {
    const other = new GeneratedSite({ ...small, seed: 12 });
    expect(await digest(other, 'content')).not.toBe(await digest(new GeneratedSite(small), 'content'));
  });

  it('has rows in ascending order of the primary key, batches that end at the end of a line, and counts that are true', async () => {
    const site = new GeneratedSite(small);
    for (const table of (await site.describe()).tables) {
      const key = tableModel(table.name)!.key.map((name) => table.columns.findIndex((column) => column.name === name));
      let before: string[] | null = null;
      let count = 0;
      for await (const batch of site.rows(table.name)) {
        expect(batch.data.at(-1)).toBe(0x0a);
        const lines = batchLines(batch.data);
        expect(lines.length).toBe(batch.count);
        count += batch.count;
        for (const line of lines) {
          const fields = line.split('\t');
          const now = key.map((i) => (/^\d+$/.test(fields[i]!) ? fields[i]!.padStart(20, '0') : fields[i]!));
          if (before !== null && !isBefore(before, now)) throw new Error(`${table.name}: ${before} stands before ${now}`);
          before = now;
        }
      }
      expect([table.name, count]).toEqual([table.name, site.count(table.name)]);
    }
  });

  it('holds as many pages, comments, versions, users and files as were asked for, whatever the numbers', async () => {
    const options = fc.record({
      pages: fc.integer({ min: 30, max: 300 }),
      spaces: fc.integer({ min: 1, max: 8 }),
      personalSpaces: fc.integer({ min: 0, max: 5 }),
      attachments: fc.integer({ min: 0, max: 90 }),
      attachmentBytes: fc.integer({ min: 0, max: 100_000 }),
      users: fc.integer({ min: 20, max: 60 }),
      groups: fc.integer({ min: 5, max: 30 }),
      history: fc.double({ min: 0, max: 4, noNaN: true }),
      comments: fc.double({ min: 0, max: 4, noNaN: true }),
      seed: fc.integer(),
    });
    await fc.assert(
      fc.asyncProperty(options, async (wanted) => {
        const site = new GeneratedSite(wanted);
        const rows = await rowsOf(site, 'content');
        const count = (test: (row: Record<string, string | null>) => boolean) => rows.filter(test).length;
        const live = (type: string) =>
          count((r) => r.contenttype === type && r.content_status === 'current' && r.prevver === null);
        expect(live('PAGE')).toBe(wanted.pages);
        expect(live('COMMENT')).toBe(Math.round(wanted.pages * wanted.comments));
        expect(live('ATTACHMENT')).toBe(wanted.attachments);
        const history = count((r) => r.contenttype === 'PAGE' && r.content_status === 'current' && r.prevver !== null);
        expect(history).toBe(Math.round(wanted.pages * wanted.history));
        expect(site.count('user_mapping')).toBe(wanted.users);
        expect(site.count('cwd_group')).toBe(wanted.groups);
        expect(site.count('spaces')).toBe(wanted.spaces + wanted.personalSpaces);
        const ids = new Set(rows.map((row) => row.contentid));
        for (const row of rows)
          for (const column of ['prevver', 'parentid', 'pageid', 'parentcommentid', 'parentccid'])
            if (row[column] !== null && !ids.has(row[column]!)) throw new Error(`${column} of ${row.contentid} leads nowhere`);
        let bytes = 0;
        for await (const file of site.attachments()) bytes += file.size!;
        expect(bytes).toBe(wanted.attachments === 0 ? 0 : wanted.attachmentBytes);
      }),
      { numRuns: 25 },
    );
  });

  it('gives no title twice in a space, in lower case neither, and none above 255 characters', async () => {
    const site = new GeneratedSite({ pages: 12_000, spaces: 3, personalSpaces: 1, history: 0, comments: 0 });
    const seen = new Set<string>();
    for (const row of await rowsOf(site, 'content')) {
      expect([...(row.title ?? '')].length).toBeLessThanOrEqual(255);
      if (row.contenttype === 'PAGE' && row.content_status === 'current') seen.add(`${row.spaceid} ${row.lowertitle}`);
    }
    expect(seen.size).toBe(12_000);
  });

  it('needs no more memory for more pages', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const retained = async (pages: number) => {
      const site = new GeneratedSite({ pages, users: 50, spaces: 20, personalSpaces: 0 });
      collect();
      const before = process.memoryUsage().heapUsed;
      let batches = 0;
      let most = 0;
      for await (const _ of site.rows('content')) {
        if (batches++ % 40 !== 0) continue;
        collect();
        most = Math.max(most, process.memoryUsage().heapUsed - before);
      }
      return most;
    };
    await retained(500);
    const few = await retained(2000);
    const many = await retained(50_000);
    expect(many - few).toBeLessThan(4 * 1024 * 1024);
  });

  it('says beforehand what it will hold', async () => {
    const summary = generatedSiteSummary(small);
    const site = new GeneratedSite(small);
    let rows = 0;
    let bytes = 0;
    for (const { name } of (await site.describe()).tables) {
      for await (const batch of site.rows(name)) {
        rows += batch.count;
        bytes += batch.data.length;
      }
    }
    expect(summary.rows).toBe(rows);
    expect(summary.estimatedRowBytes).toBeGreaterThan(bytes * 0.6);
    expect(summary.estimatedRowBytes).toBeLessThan(bytes * 1.6);
    expect(summary.versions).toBeGreaterThanOrEqual(400);
  });

  it('refuses what cannot be, and says what can', () => {
    for (const options of [
      { pages: 0 },
      { pages: 10.5 },
      { pages: 5, spaces: 9 },
      { pages: 100, users: 3 },
      { pages: 100, history: -1 },
    ])
      expect(() => new GeneratedSite(options)).toThrow(
        expect.objectContaining({ code: 'GENERATE_OPTION_INVALID', hint: expect.any(String) }),
      );
  });

  it('can be as small as one page', async () => {
    const site = new GeneratedSite({ pages: 1, spaces: 1 });
    expect((await rowsOf(site, 'spaces'))[0]!.homepage).toBe(
      (await rowsOf(site, 'content')).find((r) => r.contenttype === 'PAGE')!.contentid,
    );
  });
});

function isBefore(a: string[], b: string[]): boolean {
  for (let i = 0; i < a.length; i++) {
    if (a[i]! < b[i]!) return true;
    if (a[i]! > b[i]!) return false;
  }
  return false;
}

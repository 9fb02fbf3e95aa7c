import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestSites } from '../../../../test/support/test-sites.ts';
import { connect, type LiveSite } from '../connection.ts';
import { copyOut } from '../reader/copy-out.ts';
import { ReaderPool } from './reader-pool.ts';

let sites: TestSites;
let site: LiveSite;
let pool: ReaderPool;
const context = { signal: new AbortController().signal };
const many = 'SELECT repeat(md5(i::text), 20) FROM generate_series(1, 200000) i';

beforeAll(async () => {
  sites = await TestSites.open();
  site = await sites.create();
});
afterAll(async () => await sites.close());

async function openPool(size: number): Promise<void> {
  const client = await connect(site);
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  pool = new ReaderPool(site, client, size);
  await pool.share();
}

const stream = (query: string) => pool.run((client) => copyOut(client, query, 'testing', context));

async function linesOf(query: string): Promise<number> {
  let lines = 0;
  for await (const batch of stream(query)) lines += batch.toString().split('\n').length - 1;
  return lines;
}

describe('a session whose stream was left in the middle', () => {
  it('is used by nobody else: who waits gets another one', async () => {
    await openPool(2);
    const other = linesOf(many);
    const left = stream(many);
    await left.next();
    const waiting = linesOf('SELECT 1');
    await left.return(undefined);
    expect([await other, await waiting, await linesOf('SELECT 2')]).toEqual([200_000, 1, 1]);
    await pool.close();
  });

  it('was the last one: who waits, and who comes later, is told', async () => {
    await openPool(1);
    const left = stream(many);
    await left.next();
    const waiting = linesOf('SELECT 1');
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'DATABASE_LOST' }), left.return(undefined)]);
    await expect(linesOf('SELECT 2')).rejects.toMatchObject({ code: 'DATABASE_LOST' });
    await pool.close();
  });

  it('by an error of the database is treated alike: its transaction is over', async () => {
    await openPool(2);
    await expect(linesOf('SELECT 1/0')).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
    expect(await Promise.all([linesOf('SELECT 1'), linesOf('SELECT 2')])).toEqual([1, 1]);
    await pool.close();
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ThrowawayPostgres } from '#sites/live/sandbox/throwaway-postgres.ts';
import { ControlDatabase } from './control-database.ts';

let postgres: ThrowawayPostgres;
const open: ControlDatabase[] = [];

beforeAll(async () => {
  postgres = await ThrowawayPostgres.open();
});
afterAll(async () => {
  for (const control of open) await control.close();
  await postgres.close();
});

async function openControl(url: string, onGap?: () => void): Promise<ControlDatabase> {
  const control = await ControlDatabase.open(url, onGap ? { onGap } : {});
  open.push(control);
  return control;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('the control database', () => {
  it('is made once by servers that start at the same time, and found as it is later', async () => {
    const url = await postgres.databaseUrl();
    const [first] = await Promise.all([openControl(url), openControl(url), openControl(url)]);
    const before = await first.query('SELECT name, applied FROM migrations ORDER BY name');
    expect(before.length).toBeGreaterThan(0);
    const later = await openControl(url);
    expect(await later.query('SELECT name, applied FROM migrations ORDER BY name')).toEqual(before);
  });

  it('is refused when a newer Oxbow wrote it', async () => {
    const url = await postgres.databaseUrl();
    const control = await openControl(url);
    await control.query(`INSERT INTO migrations (name) VALUES ('9999-of-the-future.sql')`);
    await expect(ControlDatabase.open(url)).rejects.toMatchObject({
      code: 'CONTROL_DATABASE_NEWER',
      message: expect.stringContaining('9999-of-the-future.sql'),
    });
  });

  it('says where it is when it cannot be reached, and never the password', async () => {
    const error = await ControlDatabase.open('postgresql://me:secret-word@127.0.0.1:1/oxbow').catch((caught) => caught);
    expect(error).toMatchObject({ code: 'CONTROL_DATABASE_UNREACHABLE', message: expect.stringContaining('127.0.0.1/oxbow') });
    expect(`${error.message}${error.hint}`).not.toContain('secret-word');
  });

  it('rolls a transaction back when its work fails, and the connection is used again', async () => {
    const control = await openControl(await postgres.databaseUrl());
    await control.query('CREATE TABLE things (name text PRIMARY KEY)');
    await expect(
      control.transaction(async (queries) => {
        await queries.query(`INSERT INTO things VALUES ('one')`);
        throw new Error('it went wrong');
      }),
    ).rejects.toThrow('it went wrong');
    expect(await control.query('SELECT * FROM things')).toEqual([]);
    const made = await control.transaction((queries) => queries.query(`INSERT INTO things VALUES ('two') RETURNING name`));
    expect(made).toEqual([{ name: 'two' }]);
  });

  it('tells the listeners of every server, until they do not listen any more', async () => {
    const url = await postgres.databaseUrl();
    const [one, other] = [await openControl(url), await openControl(url)];
    const heard: string[] = [];
    const stop = await one.listen('a channel', (payload) => heard.push(`one ${payload}`));
    await other.listen('a channel', (payload) => heard.push(`other ${payload}`));
    await other.notify('a channel', '1');
    await until(() => heard.length === 2);
    stop();
    await one.notify('a channel', '2');
    await until(() => heard.length === 3);
    expect([...heard].sort()).toEqual(['one 1', 'other 1', 'other 2']);
  });

  it('listens again when its connection was lost, and says that something may have been missed', async () => {
    const url = await postgres.databaseUrl();
    let gaps = 0;
    const control = await openControl(url, () => gaps++);
    const other = await openControl(url);
    const heard: string[] = [];
    await control.listen('channel', (payload) => heard.push(payload));
    await other.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
    );
    await until(() => gaps === 1);
    await other.notify('channel', 'after');
    await until(() => heard.length > 0);
    expect(heard).toEqual(['after']);
    expect(await control.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

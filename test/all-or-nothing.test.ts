import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sizeOf } from '#app/file-size.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { generateBackup, generateLiveSite } from '#flows/generate/generate-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { openSandbox } from '#sites/live/sandbox/sandbox.ts';
import { throwawayFolder } from '#sites/live/sandbox/throwaway-postgres.ts';
import { type CliResult, type CliRun, cli, cliJson, startCli } from './support/cli.ts';
import { siteDigest, tableDigests } from './support/site-digest.ts';
import { TestSites } from './support/test-sites.ts';

/** A command that is killed leaves a site as it was before it or as it is after it, never anything else. The CLI runs as its own process. */
let sites: TestSites;
let data: string;
let populated: LiveSite;
const backups = { site: '', space: '' };

beforeAll(async () => {
  sites = await TestSites.open();
  data = await throwawayFolder();
  backups.site = join(sites.folder, 'site.zip');
  backups.space = join(sites.folder, 'space.zip');
  populated = await sites.create();
  await generateLiveSite({ pages: 30, seed: 2, attachmentBytes: 60_000 }, populated, await sites.context());
  const options = { pages: 120, seed: 11, attachments: 200, attachmentBytes: 400_000 };
  await generateBackup(options, backups.site, 'current', await sites.context());
  const source = await sites.create();
  await generateLiveSite(options, source, await sites.context());
  const [space] = await sites.query(source, `SELECT spacekey FROM spaces WHERE spacetype = 'global' ORDER BY spaceid LIMIT 1`);
  await exportBackup(source, backups.space, { spaceKeys: [space.spacekey] }, await sites.context(), sizeOf);
});
afterAll(async () => {
  await sites.close();
  await rm(data, { recursive: true, force: true });
});

async function freshCopy(): Promise<LiveSite> {
  const copy = await sites.create(populated);
  await cp(join(populated.home, 'attachments'), join(copy.home, 'attachments'), { recursive: true });
  return copy;
}

const where = (site: LiveSite) => ['--database', site.databaseUrl, '--home', site.home];
const restoreArgs = (kind: 'site' | 'space', site: LiveSite) => [
  'restore',
  backups[kind],
  ...where(site),
  ...(kind === 'space' ? ['--as', 'RESTORED'] : []),
];
const leftovers = (home: string) => readdirSync(home).filter((name) => name.startsWith('oxbow-restore-'));

/** PostgreSQL notices that a client is gone when it next speaks to it. */
async function untilAlone(site: LiveSite): Promise<void> {
  const others = `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'oxbow%'`;
  for (let i = 0; i < 600; i++) {
    if ((await sites.query(populated, others, [new URL(site.databaseUrl).pathname.slice(1)])).length === 0) return;
    await sleep(50);
  }
  throw new Error('a session of a killed restore is still there');
}

/** After a kill: the next command, whatever it is, recovers the site. */
async function recovered(site: LiveSite): Promise<Record<string, string>> {
  await untilAlone(site);
  await cliJson(data, 'export', ...where(site), '--no-attachments', '--output', join(sites.folder, 'after-kill.zip'));
  expect(leftovers(site.home)).toEqual([]);
  return await siteDigest(site);
}

async function untilThere(home: string, ...path: string[]): Promise<void> {
  for (;;) {
    for (const name of leftovers(home)) {
      const wanted = join(home, name, ...path);
      if (existsSync(wanted) && (path.length < 2 || readdirSync(wanted).length > 2)) return;
    }
    await nextTurn();
  }
}

/** Ends with the command, if the moment never comes. */
const atOrEnd = (moment: Promise<void>, run: CliRun) => Promise.race([moment, run.ended.then(() => {})]);

/** Of the run of a restore. With OXBOW_EVERY_MOMENT more of them; `npm run torture` kills at any. */
function partsOf(kind: 'site' | 'space'): number[] {
  if (kind === 'space') return process.env.OXBOW_EVERY_MOMENT ? [0.3, 0.5, 0.7, 0.85] : [0.4, 0.7];
  return process.env.OXBOW_EVERY_MOMENT ? [0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9] : [0.3, 0.6, 0.85];
}

describe.each(['site', 'space'] as const)('a %s restore that is killed', (kind) => {
  let before: Record<string, string>;
  let after: Record<string, string>;
  let seconds: number;

  beforeAll(async () => {
    const site = await freshCopy();
    before = await siteDigest(site);
    const run = await cli(data, '--json', ...restoreArgs(kind, site));
    expect([run.code, run.stderr]).toEqual([0, '']);
    seconds = run.seconds;
    after = await siteDigest(site);
    expect(after).not.toEqual(before);
    expect(leftovers(site.home)).toEqual([]);
  });

  /** What the site is after the kill: as before the restore, or as after it. */
  async function killAt(moment: (run: CliRun, site: LiveSite) => Promise<void>, runAgain = false): Promise<'before' | 'after'> {
    const site = await freshCopy();
    const run = startCli(data, '--json', ...restoreArgs(kind, site));
    await moment(run, site);
    run.child.kill('SIGKILL');
    await run.ended;
    const found = await recovered(site);
    const outcome = found.spaces === after.spaces ? 'after' : 'before';
    expect(found).toEqual(outcome === 'after' ? after : before);
    if (!runAgain) return outcome;
    const again = await cli(data, '--json', ...restoreArgs(kind, site));
    const isTaken = kind === 'space' && outcome === 'after';
    expect([again.code, again.stdout.includes('SPACE_EXISTS')]).toEqual([isTaken ? 1 : 0, isTaken]);
    expect(await siteDigest(site)).toEqual(after);
    return outcome;
  }

  it.each(partsOf(kind))('at %d of its run is undone or done, never in between', async (part) => {
    await killAt(() => sleep(part * seconds * 1000));
  });

  it('while attachments are copied is undone, and can be run again', async () => {
    expect(await killAt((run, site) => atOrEnd(untilThere(site.home, 'attachments', 'v4'), run), true)).toBe('before');
  });

  it.each([0, 40])('%d ms after it is ready to commit is undone or done, never in between', async (wait) => {
    await killAt(async (run, site) => {
      await atOrEnd(untilThere(site.home, 'journal.json'), run);
      await sleep(wait);
    });
  });

  it('while its files move into place is done by the next command, and can be run again', async () => {
    const moved = async (site: LiveSite) => {
      const isMoving = () =>
        kind === 'site'
          ? readdirSync(site.home).some((name) => name.startsWith('attachments-before-'))
          : Object.keys(after).some(
              (path) => path.startsWith('v4/') && !before[path] && existsSync(join(site.home, 'attachments', path)),
            );
      while (!isMoving()) await nextTurn();
    };
    expect(await killAt((run, site) => atOrEnd(moved(site), run), true)).toBe('after');
  });
});

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a restore with code 130, and the site is as it was', async (signal) => {
    const site = await freshCopy();
    const before = await siteDigest(site);
    const run = startCli(data, '--json', ...restoreArgs('site', site));
    await atOrEnd(untilThere(site.home, 'attachments'), run);
    run.child.kill(signal);
    const result = await run.ended;
    expect(result.code).toBe(130);
    expect(JSON.parse(result.stdout).error.code).toBe('CANCELLED');
    expect(leftovers(site.home)).toEqual([]);
    expect(await siteDigest(site)).toEqual(before);
  });
});

describe.each(['site', 'space'] as const)('a %s restore into a home directory that cannot be written', (kind) => {
  const codeOf = (result: CliResult) => [result.code, JSON.parse(result.stdout).error.code];

  it('is refused when it is no folder, and no row changes', async () => {
    const site = await freshCopy();
    await rm(site.home, { recursive: true });
    await writeFile(site.home, 'not a folder');
    const before = await tableDigests(site.databaseUrl);
    expect(codeOf(await cli(data, '--json', ...restoreArgs(kind, site)))).toEqual([1, 'HOME_NOT_FOUND']);
    expect(await tableDigests(site.databaseUrl)).toEqual(before);
  });

  it('leaves the site as it was when its disk is full, or read-only', async ({ skip }) => {
    const site = await freshCopy();
    const disk = join(sites.folder, `${site.name}-disk`);
    await mkdir(disk);
    const mount = (options: string) =>
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'oxbow-test', disk], { stdio: 'ignore' });
    try {
      mount('size=300k');
    } catch {
      skip('this machine does not allow to mount a small disk');
    }
    try {
      await mkdir(join(disk, 'attachments', 'v4'), { recursive: true });
      await writeFile(join(disk, 'attachments', 'v4', 'filler'), Buffer.alloc(kind === 'site' ? 0 : 290_000));
      const small = { ...site, home: disk };
      const before = await siteDigest(small);
      expect(codeOf(await cli(data, '--json', ...restoreArgs(kind, small)))).toEqual([1, 'DISK_FULL']);
      expect(leftovers(disk)).toEqual([]);
      expect(await siteDigest(small)).toEqual(before);
      mount('remount,ro');
      expect(codeOf(await cli(data, '--json', ...restoreArgs(kind, small)))).toEqual([1, 'HOME_NOT_WRITABLE']);
      expect(await siteDigest(small)).toEqual(before);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

describe('a sandbox on the embedded PostgreSQL', () => {
  const digest = async () => {
    const handle = await openSandbox(data, 'box');
    try {
      return await siteDigest(handle);
    } finally {
      await handle.close();
    }
  };
  const serverOf = async () =>
    (await cliJson<{ sandboxes: { name: string; state: string }[] }>(data, 'sandbox', 'list')).sandboxes[0].state;
  let first: Record<string, string>;

  beforeAll(async () => {
    await cliJson(data, 'sandbox', 'create', 'box');
    await cliJson(data, 'generate', '--site', 'box', '--pages', '30', '--seed', '4', '--attachment-bytes', '30000');
    await cliJson(data, 'sandbox', 'rollback', 'box', '--drop');
    first = await digest();
  });

  it('leaves no process behind when a restore into it is killed, and is as it was', async () => {
    const run = startCli(data, '--json', 'restore', backups.site, '--site', 'box');
    const home = join(data, 'sandboxes', 'box', 'home');
    await atOrEnd(untilThere(home, 'attachments', 'v4'), run);
    run.child.kill('SIGKILL');
    await run.ended;
    for (let i = 0; i < 400 && (await serverOf()) === 'running'; i++) await sleep(50);
    expect(await serverOf()).toBe('stopped');
    await cliJson(data, 'export', '--site', 'box', '--output', join(sites.folder, 'box.zip'));
    expect(leftovers(home)).toEqual([]);
    expect(await digest()).toEqual(first);
    expect(readdirSync(join(data, 'work'))).toEqual([]);
  });

  it('gives back rows and files by a rollback, and the restored site by a second one', async () => {
    await cliJson(data, 'restore', backups.site, '--site', 'box');
    const second = await digest();
    expect(second).not.toEqual(first);
    await cliJson(data, 'sandbox', 'rollback', 'box');
    expect(await digest()).toEqual(first);
    await cliJson(data, 'sandbox', 'rollback', 'box');
    expect(await digest()).toEqual(second);
    await cliJson(data, 'sandbox', 'rollback', 'box', '--drop');
    expect(await digest()).toEqual(second);
    const nothing = await cli(data, '--json', 'sandbox', 'rollback', 'box');
    expect([nothing.code, JSON.parse(nothing.stdout).error.code]).toEqual([1, 'NOTHING_TO_ROLL_BACK']);
  });

  it('keeps both sites whole when a rollback is killed', async () => {
    const third = join(sites.folder, 'third.zip');
    await generateBackup({ pages: 30, seed: 8, attachmentBytes: 30_000 }, third, 'current', await sites.context());
    await cliJson(data, 'sandbox', 'start', 'box');
    const old = await digest();
    await cliJson(data, 'restore', third, '--site', 'box');
    let present = await digest();
    let other = old;
    const home = join(data, 'sandboxes', 'box', 'home');
    for (const wait of [0, 10, 40]) {
      const run = startCli(data, '--json', 'sandbox', 'rollback', 'box');
      await atOrEnd(untilThere(home, 'journal.json'), run);
      await sleep(wait);
      run.child.kill('SIGKILL');
      await run.ended;
      await cliJson(data, 'export', '--site', 'box', '--output', join(sites.folder, 'box.zip'));
      expect(leftovers(home)).toEqual([]);
      const now = await digest();
      const isRolledBack = now.content === other.content;
      expect(now).toEqual(isRolledBack ? other : present);
      if (isRolledBack) [present, other] = [other, present];
      // The other one is still there, rows and files, to go back to.
      await cliJson(data, 'sandbox', 'rollback', 'box');
      [present, other] = [other, present];
      expect(await digest()).toEqual(present);
    }
    await cliJson(data, 'sandbox', 'stop', 'box');
  });
});

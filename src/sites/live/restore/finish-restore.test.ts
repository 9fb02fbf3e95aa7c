import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OxbowError } from '#base/errors.ts';
import { copySite } from '#flows/copy-site.ts';
import { restoreBackup } from '#flows/restore/restore-backup.ts';
import { rollbackSite } from '#flows/restore/rollback-site.ts';
import { v4Path } from '#model/attachment-paths.ts';
import { GeneratedSite } from '#sites/generated/generated-site.ts';
import { siteDigest } from '../../../../test/support/site-digest.ts';
import { TestSites } from '../../../../test/support/test-sites.ts';
import { spaceDescriptor, to, writeBackup, written } from '../../../../test/support/written-backup.ts';
import type { LiveSite } from '../connection.ts';
import { readTarget } from '../reader/read-target.ts';
import { LiveSiteWriter } from './live-site-writer.ts';

/** What only happens in the moments around the commit: the answer of the database is lost, or the files cannot be moved. */
let sites: TestSites;
let populated: LiveSite;
let space: string;

const small = { pages: 12, spaces: 2, personalSpaces: 0, attachments: 6, attachmentBytes: 6000 };

beforeAll(async () => {
  sites = await TestSites.open();
  populated = await sites.create();
  await replace(populated, 'first', 1);
  space = await writeBackup(join(sites.folder, 'space'), {
    objects: [
      written('Space', 1, { key: 'ADDED', name: 'Added', lowerKey: 'added' }),
      written('Page', 11, { title: 'P', lowerTitle: 'p', space: to('Space', 1) }),
      written('Attachment', 12, { title: 'a.txt', version: '1', containerContent: to('Page', 11), space: to('Space', 1) }),
    ],
    descriptor: spaceDescriptor('ADDED'),
    files: { 'attachments/11/12/1': 'bytes' },
  });
});
afterAll(async () => await sites.close());

/** Puts a generated site in the place of a live one. */
async function replace(site: LiveSite, id: string, seed: number): Promise<void> {
  const context = await sites.context();
  await copySite(new GeneratedSite({ ...small, seed }), new LiveSiteWriter(site, id, context), context);
}

async function addSpace(site: LiveSite): Promise<void> {
  await restoreBackup(space, site, {}, await sites.context());
}

async function freshCopy(): Promise<LiveSite> {
  const copy = await sites.create(populated);
  await cp(join(populated.home, 'attachments'), join(copy.home, 'attachments'), { recursive: true });
  return copy;
}

const leftovers = (site: LiveSite) => readdirSync(site.home).filter((name) => name.startsWith('oxbow-restore-'));

async function failure(promise: Promise<unknown>): Promise<OxbowError> {
  return (await promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  )) as OxbowError;
}

/** A way to the database that breaks when COMMIT passes: before the server hears it, or after it has done it. */
async function breakingAtCommit(site: LiveSite, heard: boolean): Promise<{ site: LiveSite; close: () => void }> {
  const target = new URL(site.databaseUrl);
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = dial(Number(target.port), target.hostname);
    let committing = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (data) => {
      committing ||= data.includes('COMMIT\0');
      if (committing && !heard) upstream.destroy();
      else upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (committing) client.destroy();
      else client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(site.databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { site: { ...site, databaseUrl: url.toString() }, close };
}

const commands: Record<string, (site: LiveSite) => Promise<unknown>> = {
  'site restore': (site) => replace(site, 'second', 2),
  'space restore': addSpace,
  rollback: async (site) => await rollbackSite(site, { drop: false }, await sites.context()),
};

describe.each(Object.keys(commands))('a %s whose connection breaks while it commits', (kind) => {
  const run = commands[kind];
  const prepared = async (): Promise<LiveSite> => {
    const site = await freshCopy();
    if (kind === 'rollback') await replace(site, 'second', 2);
    return site;
  };
  let after: Record<string, string>;

  beforeAll(async () => {
    const site = await prepared();
    await run(site);
    after = await siteDigest(site);
  });

  it.each([true, false])(
    '(the database heard it: %s) says that nobody knows, and the next command settles it, rows and files',
    async (heard) => {
      const site = await prepared();
      const before = await siteDigest(site);
      const broken = await breakingAtCommit(site, heard);
      const error = await failure(run(broken.site));
      broken.close();
      if (kind !== 'rollback') {
        expect(error.code).toBe('RESTORE_UNCERTAIN');
        expect(error.message).not.toContain('Nothing was changed');
      }
      expect(leftovers(site).length).toBe(1);
      const { recovered } = await readTarget(site);
      expect(recovered.length).toBe(1);
      expect(leftovers(site)).toEqual([]);
      expect(await siteDigest(site)).toEqual(heard ? after : before);
      expect((await readTarget(site)).recovered).toEqual([]);
    },
  );
});

describe('a restore that has committed, but cannot move its files', () => {
  it('of a site keeps them, and the next command finishes when the obstacle is gone', async () => {
    const site = await freshCopy();
    const other = await freshCopy();
    await replace(other, 'second', 2);
    const obstacle = join(site.home, 'attachments-before-second');
    await mkdir(obstacle);
    await writeFile(join(obstacle, 'file'), '');
    const error = await failure(replace(site, 'second', 2));
    expect(error).toMatchObject({ code: 'RESTORE_UNFINISHED', hint: expect.stringContaining(site.home) });
    expect(leftovers(site)).toEqual(['oxbow-restore-second']);
    await rm(obstacle, { recursive: true });
    await readTarget(site);
    expect(await siteDigest(site)).toEqual(await siteDigest(other));
    expect(leftovers(site)).toEqual([]);
    expect(existsSync(obstacle)).toBe(true);
  });

  it('of a space keeps them, and the next command finishes when the obstacle is gone', async () => {
    const site = await freshCopy();
    const other = await freshCopy();
    await addSpace(other);
    const file = join(site.home, 'attachments', v4Path('12', '1'));
    await mkdir(dirname(dirname(file)), { recursive: true });
    await writeFile(dirname(file), 'a file where a folder should be');
    expect((await failure(addSpace(site))).code).toBe('RESTORE_UNFINISHED');
    expect(leftovers(site).length).toBe(1);
    await rm(dirname(file));
    await readTarget(site);
    expect(await siteDigest(site)).toEqual(await siteDigest(other));
    expect(leftovers(site)).toEqual([]);
  });
});

it('a second restore into a site waits for nothing: it is refused while the first one runs', async () => {
  const site = await freshCopy();
  const context = await sites.context();
  const first = new LiveSiteWriter(site, 'running', context);
  await first.begin(await new GeneratedSite(small).describe());
  expect((await failure(replace(site, 'other', 2))).code).toBe('RESTORE_BUSY');
  expect((await failure(addSpace(site))).code).toBe('RESTORE_BUSY');
  expect((await failure(rollbackSite(site, { drop: false }, context))).code).toBe('RESTORE_BUSY');
  // What the running one has prepared is not a leftover.
  expect((await readTarget(site)).recovered).toEqual([]);
  expect(leftovers(site)).toEqual(['oxbow-restore-running']);
  await first.abort();
  await replace(site, 'other', 2);
  expect(leftovers(site)).toEqual([]);
});

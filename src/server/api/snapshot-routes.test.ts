import { createHash } from 'node:crypto';
import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syncSnapshots } from '#app/vaults/sync-snapshots.ts';
import { startDispatcher } from '#app/work/dispatcher.ts';
import { v4Path } from '#model/attachment-paths.ts';
import { callApi, setJob } from '../../../test/support/api-calls.ts';
import { ConfluenceServer, password, type Role } from '../../../test/support/confluence-server.ts';
import { addAccount } from '../../../test/support/site-accounts.ts';
import { untilState } from '../../../test/support/test-server.ts';
import { contentAnswer, snapshot as snapshotContract, snapshotDetails, snapshotPage } from '../contract/vault-contract.ts';

let server: ConfluenceServer;
let id: string;
let at: string;

const call = (role: Role, request: string, body?: unknown) => callApi(server, role, request, body);

beforeAll(async () => {
  server = await ConfluenceServer.open();
  await server.test.vault(server.app, 'main');
  const dispatcher = await startDispatcher(server.app);
  for (const site of ['wiki', 'other']) {
    const made = await call('root', 'POST /api/jobs', { type: 'snapshot', site, vault: 'main', tags: ['nightly'] });
    const job = await untilState(server.app, made.json.id);
    expect(job.error).toBeNull();
    if (site === 'wiki') id = job.snapshotId!;
  }
  await dispatcher.stop(0);
  at = `/api/vaults/main/snapshots/${id}`;
});
afterAll(() => server.close());

const query = <Row extends object>(sql: string, values?: unknown[]) =>
  server.test.sites.query<Row>(server.wiki, sql, values as never);

describe('jobs that name a snapshot', () => {
  const vault = 'main';
  const asStranger = async (request: object) => {
    const token = { authorization: `Bearer ${await server.token('stranger', ['read', 'backup', 'restore', 'download'])}` };
    return await callApi(server, 'nobody', 'POST /api/jobs', request, token);
  };
  const keeper = (more: object) =>
    call('keeper', 'POST /api/jobs', {
      type: 'restore-snapshot',
      site: 'wiki',
      vault,
      snapshot: id,
      spaceKeys: [server.spaces[0]],
      dryRun: true,
      ...more,
    });

  it('are refused to who administers another site, as if the snapshot were not there', async () => {
    for (const name of [id, id.slice(0, 12)]) {
      for (const request of [
        { type: 'restore-snapshot', site: 'other', vault, snapshot: name },
        { type: 'export', site: 'other', vault, snapshot: name, keepPermanently: false },
        { type: 'compare', vault, snapshot: name, with: { site: 'other' } },
      ]) {
        const answer = await asStranger(request);
        expect([request.type, answer.status, answer.json.error.code]).toEqual([request.type, 404, 'SNAPSHOT_NOT_FOUND']);
      }
    }
  });

  it('mean by latest the newest that the person may see, and keep its whole id', async () => {
    const [newest] = (await call('root', 'GET /api/snapshots?site=other')).json;
    const made = await asStranger({ type: 'export', site: 'other', vault, snapshot: 'latest', keepPermanently: false });
    expect(made.status, made.text).toBe(201);
    expect(made.json.request.snapshot).toBe(newest.id);
  });

  it('restore spaces for who administers them, out of snapshots of their site', async () => {
    const made = await keeper({});
    expect(made.status, made.text).toBe(201);
    expect(made.json.request.snapshot).toBe(id);
    expect((await call('keeper', `GET /api/jobs/${made.json.id}`)).status).toBe(200);
    expect((await call('carrier', `GET /api/jobs/${made.json.id}`)).status).toBe(404);
    const [other] = (await call('root', 'GET /api/snapshots?site=other')).json;
    for (const [more, status] of [
      [{ spaceKeys: [] }, 403],
      [{ spaceKeys: undefined }, 403],
      [{ spaceKeys: [server.spaces[1]] }, 403],
      [{ spaceKeys: server.spaces.slice(0, 2) }, 403],
      [{ asKey: 'NEW' }, 403],
      [{ users: [{ from: 'a', to: 'b' }] }, 403],
      [{ groups: [{ from: 'a', to: 'b' }] }, 403],
      [{ acceptVersion: true }, 403],
      [{ stagingCopy: { baseUrl: 'https://x.example' } }, 403],
      [{ site: 'other' }, 403],
      [{ snapshot: other.id }, 404],
    ] as const) {
      expect([more, (await keeper(more)).status]).toEqual([more, status]);
    }
    // To export a space is not to administer it.
    expect((await call('carrier', 'POST /api/jobs', { ...made.json.request })).status).toBe(403);
  });

  it('restore spaces for who administers them out of files that Oxbow wrote, and of no other', async () => {
    const { space: path } = await server.writeBackups();
    const { size, mtime } = await stat(path);
    const spaceKeys = [server.spaces[0]];
    const request = { type: 'space-restore', site: 'wiki', fileName: 'space.zip', spaceKeys, dryRun: true };
    const asked = async (more: object = {}) => (await call('keeper', 'POST /api/jobs', { ...request, ...more })).status;
    // As one that was uploaded, or that somebody put there.
    expect(await asked()).toBe(403);
    const [{ id: job }] = await server.app.control.query<{ id: string }>(
      `INSERT INTO jobs (type, queue, site, state, owner, realm, parameters, space_keys, created, finished, file_name, file_path, file_bytes, file_exists)
       VALUES ('space-backup', 'site:wiki', 'wiki', 'FINISHED', 'x', 'wiki', $5, $1, $2, $2, 'space.zip', $3, $4, true) RETURNING id`,
      [spaceKeys, mtime, path, size, JSON.stringify({ type: 'space-backup', site: 'wiki', spaceKeys, keepPermanently: false })],
    );
    for (const [changed, back] of [
      // Of the same name, but another file than the job wrote.
      [`file_path = '/elsewhere/space.zip'`, `file_path = '${path}'`],
      [`file_bytes = ${size - 1}`, `file_bytes = ${size}`],
      [`finished = finished - interval '1 hour'`, `finished = finished + interval '1 hour'`],
      [`site = 'other'`, `site = 'wiki'`],
      [`type = 'export'`, `type = 'space-backup'`],
      [`state = 'FAILED'`, `state = 'FINISHED'`],
      ['file_exists = false', 'file_exists = true'],
      [`space_keys = '{ELSE}'`, `space_keys = '{${spaceKeys[0]}}'`],
    ]) {
      await setJob(server, job, changed);
      expect([changed, await asked()]).toEqual([changed, 403]);
      await setJob(server, job, back);
    }
    for (const more of [
      { spaceKeys: undefined },
      { spaceKeys: [] },
      { spaceKeys: server.spaces.slice(0, 2) },
      { asKey: 'NEW' },
      { users: [{ from: 'a', to: 'b' }] },
      { groups: [{ from: 'a', to: 'b' }] },
      { acceptVersion: true },
      { type: 'site-restore' },
      { fileName: 'none.zip' },
      { fileName: '../space/space.zip' },
    ]) {
      expect([more, await asked(more)]).toEqual([more, 403]);
    }
    expect((await call('carrier', 'POST /api/jobs', request)).status).toBe(403);
    expect(await asked()).toBe(201);
  });

  it('tell who administers spaces nothing of the other spaces of a snapshot, though he names one that is not in it', async () => {
    await query(
      `INSERT INTO public.spaces (spaceid, spacename, spacekey, lowerspacekey, spacetype, spacestatus)
       VALUES (900000001, 'Young', 'YOUNG', 'young', 'global', 'CURRENT')`,
    );
    await addAccount((sql, values) => query(sql, values), 'grower', password, [
      ['SETSPACEPERMISSIONS', server.spaces[0]],
      ['SETSPACEPERMISSIONS', 'YOUNG'],
    ]);
    const grower = { authorization: `Basic ${Buffer.from(`grower:${password}`).toString('base64')}` };
    const request = { type: 'restore-snapshot', site: 'wiki', vault, snapshot: id, spaceKeys: [server.spaces[0], 'YOUNG'] };
    const answer = await callApi(server, 'nobody', 'POST /api/jobs', request, grower);
    expect(answer.json.error, answer.text).toMatchObject({ code: 'SPACE_NOT_FOUND', message: expect.stringContaining('YOUNG') });
    for (const key of server.spaces.slice(1)) expect(answer.text).not.toContain(key);
  });

  it('restore spaces for who administers them out of no snapshot that came from a file', async () => {
    const imported = 'e'.repeat(64);
    await server.app.control.query(
      `INSERT INTO snapshots (vault, id, site, time, facts)
       SELECT vault, $2, site, time + interval '1 day', jsonb_set(facts, '{summary,kind}', '"xml-backup"') FROM snapshots WHERE id = $1`,
      [id, imported],
    );
    try {
      expect((await keeper({ snapshot: imported })).status).toBe(404);
      expect((await call('keeper', 'GET /api/snapshots')).json).toMatchObject([{ id }]);
      // Neither it nor the newest of the vault, which is of the other site.
      const latest = await keeper({ snapshot: 'latest' });
      expect(latest.json.request.snapshot, latest.text).toBe(id);
    } finally {
      await server.app.control.query('DELETE FROM snapshots WHERE id = $1', [imported]);
    }
  });

  it('leave it to the vault what an administrator of the server means, who may see all that is there', async () => {
    // The command line may have made one that nobody here knows of.
    for (const name of ['abcdef', 'latest']) {
      const request = { type: 'restore-snapshot', site: 'other', vault, snapshot: name, dryRun: true };
      const made = await call('root', 'POST /api/jobs', request);
      expect(made.status, made.text).toBe(201);
      expect(made.json.request.snapshot).toBe(name);
    }
  });

  it('open nothing else of a snapshot to who may restore a space of it', async () => {
    for (const request of [
      `GET ${at}`,
      `GET ${at}/pages/1`,
      `GET ${at}/attachments/1`,
      `GET ${at}/spaces/${server.spaces[0]}/content`,
    ]) {
      expect([request, (await call('keeper', request)).status]).toEqual([request, 404]);
    }
    expect((await call('keeper', `PATCH ${at}`, { protected: true })).status).toBe(403);
    expect((await call('keeper', `DELETE ${at}`)).status).toBe(403);
    // Nor does a filter tell which tags it has.
    expect((await call('keeper', 'GET /api/snapshots?tag=nightly')).json).toEqual([]);
    const [seen] = (await call('keeper', 'GET /api/snapshots')).json;
    for (const key of server.spaces.slice(1)) expect(JSON.stringify(seen)).not.toContain(`"${key}"`);
  });

  it('are checked anew when they are run again', async () => {
    const forged = async (role: Role, realm: string, parameters: object) => {
      const [row] = await server.app.control.query<{ id: string }>(
        `INSERT INTO jobs (type, queue, site, vault, state, owner, realm, parameters, created, started, finished)
         VALUES ('restore-snapshot', $1, $2, 'main', 'FINISHED', $3, $2, $4, now(), now(), now()) RETURNING id`,
        [`site:${realm}`, realm, role, JSON.stringify({ type: 'restore-snapshot', site: realm, vault, ...parameters })],
      );
      return `POST /api/jobs/${row.id}/run-again`;
    };
    const token = { authorization: `Bearer ${await server.token('stranger', ['read', 'restore'])}` };
    // As somebody could have left one behind before this was checked.
    const leak = await callApi(server, 'nobody', await forged('stranger', 'other', { snapshot: id }), {}, token);
    expect(leak, leak.text).toMatchObject({ status: 404, json: { error: { code: 'SNAPSHOT_NOT_FOUND' } } });
    const whole = await call('keeper', await forged('keeper', 'wiki', { snapshot: id }), {});
    expect(whole.status, whole.text).toBe(403);
    const own = await call('keeper', await forged('keeper', 'wiki', { snapshot: id, spaceKeys: [server.spaces[0]] }), {});
    expect(own.status, own.text).toBe(201);
  });

  it('are followed, cancelled and written down as the restores of others are', async () => {
    const { id: job } = (await keeper({ snapshot: id.slice(0, 12) })).json;
    const { json: list } = await call('keeper', 'GET /api/jobs');
    expect(list.jobs.map((one: { id: string }) => one.id)).toContain(job);
    expect((await call('keeper', `GET /api/jobs/${job}/log`)).status).toBe(200);
    expect((await call('carrier', `POST /api/jobs/${job}/cancel`, {})).status).toBe(404);
    expect((await call('keeper', `POST /api/jobs/${job}/cancel`, {})).json.state).toBe('CANCELLED');
    const [line] = (await call('root', 'GET /api/audit?action=job.restore-snapshot')).json;
    expect(line).toMatchObject({ actor: 'keeper', site: 'wiki', object: server.spaces[0], details: { job } });
  });
});

describe('a backup of a space', () => {
  it('is restored by who administers the space, as the job wrote it', async () => {
    await call('root', 'POST /api/sites/wiki/clear-queue', {});
    await call('root', 'POST /api/sites/other/clear-queue', {});
    const spaceKeys = [server.spaces[0]];
    const dispatcher = await startDispatcher(server.app);
    try {
      const finished = async (request: object) => {
        const made = await call('keeper', 'POST /api/jobs', { site: 'wiki', spaceKeys, ...request });
        expect(made.status, made.text).toBe(201);
        const job = await untilState(server.app, made.json.id);
        expect([job.state, job.error]).toEqual(['FINISHED', null]);
        return job;
      };
      const { file } = await finished({ type: 'space-backup', keepPermanently: false });
      await finished({ type: 'space-restore', fileName: file!.name, replace: true, dryRun: true });
      await finished({ type: 'restore-snapshot', vault: 'main', snapshot: 'latest', replace: true, dryRun: true });
      await appendFile(file!.path, 'x');
      const more = await call('keeper', 'POST /api/jobs', {
        type: 'space-restore',
        site: 'wiki',
        spaceKeys,
        fileName: file!.name,
      });
      expect(more.status, more.text).toBe(403);
    } finally {
      await dispatcher.stop(0);
    }
  });
});

describe('snapshots of the API', () => {
  it('are listed with filters, each to who administers its site', async () => {
    const all = (await call('root', 'GET /api/snapshots')).json;
    expect(all).toHaveLength(2);
    for (const one of all) snapshotContract.parse(one);
    expect(all[0]).toMatchObject({ vault: 'main', tags: ['nightly'], protected: false, scope: 'site' });
    expect(all[0].statistics.rows).toBeGreaterThan(100);
    const ids = async (filter: string) =>
      (await call('root', `GET /api/snapshots?${filter}`)).json.map((one: { site: string }) => one.site);
    expect(await ids('site=wiki')).toEqual(['wiki']);
    expect(await ids('vault=none')).toEqual([]);
    expect(await ids('tag=nightly&limit=1')).toEqual(['other']);
    expect(await ids('tag=weekly')).toEqual([]);
    expect(await ids(`to=${new Date(Date.parse(all[0].time) - 1).toISOString()}`)).toEqual(['wiki']);
    for (const role of ['keeper', 'carrier', 'reader'] as const) {
      // Who administers a space learns when it can be restored from, and nothing else.
      const own = (await call(role, 'GET /api/snapshots')).json;
      if (role === 'keeper') {
        expect(own).toMatchObject([
          { id, site: 'wiki', spaceKeys: [server.spaces[0]], tags: [], statistics: { rows: 0, fileBytes: 0 } },
        ]);
      } else expect(own, role).toEqual([]);
      expect((await call(role, `GET ${at}`)).status, role).toBe(404);
      expect((await call(role, `GET ${at}/pages/1`)).status, role).toBe(404);
      expect((await call(role, `GET ${at}/spaces/${server.spaces[0]}/content`)).status, role).toBe(404);
      expect((await call(role, `GET ${at}/attachments/1`)).status, role).toBe(404);
      expect((await call(role, `PATCH ${at}`, { protected: true })).status, role).toBe(403);
      expect((await call(role, `DELETE ${at}`)).status, role).toBe(403);
    }
    // Who administers another site sees the snapshots of that alone.
    const stranger = { authorization: `Bearer ${await server.token('stranger', ['read', 'download'])}` };
    const seen = await callApi(server, 'nobody', 'GET /api/snapshots', undefined, stranger);
    expect(seen.json.map(({ site }: { site: string }) => site)).toEqual(['other']);
    expect((await callApi(server, 'nobody', `GET ${at}`, undefined, stranger)).status).toBe(404);
  });

  it('show what they hold: spaces, tables, their pages and attachments page by page', async () => {
    const shown = snapshotDetails.parse((await call('root', `GET ${at}`)).json);
    expect(shown.spaces.map(({ key }) => key)).toContain(server.spaces[0]);
    expect(shown.tables.find(({ name }) => name === 'content')!.rows).toBeGreaterThan(10);
    expect((await call('root', `GET /api/vaults/main/snapshots/${id.slice(0, 12)}`)).json.snapshot.id).toBe(id);

    for (const [kind, types] of [
      ['pages', ['PAGE', 'BLOGPOST']],
      ['attachments', ['ATTACHMENT']],
    ] as const) {
      const expected = await query<{ id: string }>(
        `SELECT c.contentid AS id FROM public.content c JOIN public.spaces s USING (spaceid)
         WHERE s.spacekey = $1 AND c.prevver IS NULL AND c.content_status = 'current' AND c.contenttype = ANY($2) ORDER BY c.contentid`,
        [server.spaces[0], types],
      );
      expect(expected.length, kind).toBeGreaterThan(1);
      const found: string[] = [];
      let next: string | null = null;
      do {
        const page = await call(
          'root',
          `GET ${at}/spaces/${server.spaces[0]}/content?kind=${kind}&limit=2${next ? `&after=${next}` : ''}`,
        );
        const answer = contentAnswer.parse(page.json);
        found.push(...answer.items.map((one) => one.id));
        next = answer.next;
      } while (next !== null);
      expect(found, kind).toEqual(expected.map((one) => String(one.id)));
    }
    const [{ title }] = (await call('root', `GET ${at}/spaces/${server.spaces[0]}/content?limit=1`)).json.items;
    const search = encodeURIComponent(title.toUpperCase());
    const hits = (await call('root', `GET ${at}/spaces/${server.spaces[0]}/content?search=${search}`)).json.items;
    expect(hits.map((one: { title: string }) => one.title)).toContain(title);
    expect((await call('root', `GET ${at}/spaces/NO-SUCH/content`)).json).toEqual({ items: [], next: null });
  });

  it('give one page as it was, and write down who read it before it is given', async () => {
    const [{ id: page, title, body }] = await query<{ id: string; title: string; body: string }>(
      `SELECT c.contentid AS id, c.title, b.body FROM public.content c JOIN public.bodycontent b USING (contentid)
       WHERE c.contenttype = 'PAGE' AND c.prevver IS NULL ORDER BY 1 LIMIT 1`,
    );
    const shown = snapshotPage.parse((await call('root', `GET ${at}/pages/${page}`)).json);
    expect(shown).toMatchObject({ id: String(page), title, type: 'PAGE' });
    expect(shown.bodies[0].body).toBe(body);
    const [line] = (await call('root', 'GET /api/audit?action=content.')).json;
    expect(line).toMatchObject({
      action: 'content.read',
      actor: 'root',
      site: 'wiki',
      object: `page ${page}`,
      details: { snapshot: id },
    });
    expect(await call('root', `GET ${at}/pages/999999999`)).toMatchObject({
      status: 404,
      json: { error: { code: 'CONTENT_NOT_FOUND' } },
    });
    expect((await call('root', `GET ${at}/pages/x`)).status).toBe(400);
  });

  it('give the file of an attachment as it was', async () => {
    const [row] = await query<{ id: string; title: string; version: number }>(
      `SELECT contentid AS id, title, version FROM public.content WHERE contenttype = 'ATTACHMENT' AND prevver IS NULL AND content_status = 'current'
       ORDER BY version DESC, contentid LIMIT 1`,
    );
    const file = await readFile(join(server.wiki.home, 'attachments', v4Path(String(row.id), String(row.version))));
    const response = await fetch(`${server.base}${at}/attachments/${row.id}`, { headers: server.authorization('root') });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(file.length));
    expect(response.headers.get('content-disposition')).toContain(encodeURIComponent(row.title));
    const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex');
    expect(digest(Buffer.from(await response.arrayBuffer()))).toBe(digest(file));
    expect((await call('root', `GET ${at}/attachments/${row.id}?version=${row.version}`)).status).toBe(200);
    expect((await call('root', `GET ${at}/attachments/${row.id}?version=999`)).status).toBe(404);
    expect((await call('root', `GET ${at}/attachments/1`)).status).toBe(404);
    const reading = { authorization: `Bearer ${await server.token('root', ['read'])}` };
    expect((await callApi(server, 'nobody', `GET ${at}/attachments/${row.id}`, undefined, reading)).status).toBe(403);
  });

  it('get tags and protection, and are forgotten when nothing protects them', async () => {
    const marked = await call('root', `PATCH ${at}`, { addTags: ['kept'], removeTags: ['nightly'], protected: true });
    expect(marked).toMatchObject({ status: 200, json: { tags: ['kept'], protected: true } });
    expect(await call('root', `DELETE ${at}`)).toMatchObject({ status: 409, json: { error: { code: 'SNAPSHOT_PROTECTED' } } });
    await call('root', `PATCH ${at}`, { protected: false });
    expect((await call('root', `DELETE ${at}`)).status).toBe(204);
    expect(await call('root', `GET ${at}`)).toMatchObject({ status: 404, json: { error: { code: 'SNAPSHOT_NOT_FOUND' } } });
    expect(await syncSnapshots(server.app, 'main')).toBe(1);
    const actions = (await call('root', 'GET /api/audit?action=snapshot.')).json.map((one: { action: string }) => one.action);
    expect(actions).toEqual(['snapshot.forget', 'snapshot.mark', 'snapshot.mark']);
  });

  it('are unknown where their vault is', async () => {
    expect((await call('root', 'GET /api/vaults/none/snapshots/latest')).status).toBe(404);
  });
});

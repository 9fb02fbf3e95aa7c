import { execFile } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfluenceClient } from 'confluence.js';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandbox } from '#sites/live/sandbox/sandbox.ts';
import { throwawayFolder } from '#sites/live/sandbox/throwaway-postgres.ts';
import { cliJson } from './support/cli.ts';
import { type Served, serve } from './support/served.ts';
import { addAccount } from './support/site-accounts.ts';

// Clients that people have, unchanged but for the host, against the real server: its own process, its workers, a sandbox as its site.

interface Job {
  id: number;
  jobState: string;
  jobScope: string;
  fileName: string | null;
  fileExists: boolean;
  spaceKeys: string | null;
  errorMessage: string | null;
  statistics: { totalObjectsCount: number; processedObjectsCount: number; persistedObjectsCount: number };
}

const ada = 'ada@example.org';
const adasPassword = 'Enigma 7 ü';
let folder: string;
let server: Served;
let spaces: string[];

beforeAll(async () => {
  folder = await throwawayFolder();
  server = await serve(join(folder, 'data'));
  // confluence.js takes nothing but an e-mail address for a user name, which it is in many companies.
  await addAccount(query, ada, adasPassword, ['SYSTEMADMINISTRATOR']);
  spaces = (await titles('SELECT spacekey AS title FROM public.spaces ORDER BY 1')).filter((key) => !key.startsWith('~'));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Asks the database of the sandbox, beside the server. */
async function query(sql: string, values: unknown[] = [], site = server.site): Promise<Record<string, string>[]> {
  const sandbox = await openSandbox(join(folder, 'data'), site);
  const client = new pg.Client(sandbox.databaseUrl);
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(sql, values)).rows;
  } finally {
    await client.end();
    await sandbox.close();
  }
}

const titles = async (sql: string, site = server.site) => (await query(sql, [], site)).map(({ title }) => title);
const contentOf = () =>
  titles(`SELECT contentid || ' ' || coalesce(title, '') || ' ' || version AS title FROM public.content ORDER BY contentid`);
const spoil = () => titles(`UPDATE public.content SET title = 'Spoiled' WHERE contenttype = 'PAGE' RETURNING title`);

describe('confluence.js', () => {
  const client = (authentication: ConstructorParameters<typeof ConfluenceClient>[0]['authentication'], more = {}) =>
    new ConfluenceClient({ host: server.base, apiPrefix: '/rest/', authentication, ...more });
  const basic = (more = {}) => client({ basic: { email: ada, apiToken: adasPassword } }, more);
  const send = <T>(from: ConfluenceClient, method: string, url: string, more: object = {}): Promise<T> =>
    from.sendRequest<T>({ method, url: `api/backup-restore/${url}`, ...more }, undefined as never);

  async function untilOver(from: ConfluenceClient, id: number): Promise<Job> {
    for (;;) {
      const job = await send<Job>(from, 'GET', `jobs/${id}`);
      if (['FINISHED', 'FAILED', 'CANCELLED'].includes(job.jobState)) return job;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  it('backs a site up, downloads the backup, and restores it from an upload', async () => {
    const confluence = basic();
    const before = await contentOf();
    const data = { skipAttachments: false, keepPermanently: false, fileNamePrefix: 'nightly' };
    const made = await send<Job>(confluence, 'POST', 'backup/site', { data });
    expect(made).toMatchObject({ jobState: 'QUEUED', jobScope: 'SITE', fileName: null, spaceKeys: null });
    const backup = await untilOver(confluence, made.id);
    expect(backup).toMatchObject({
      jobState: 'FINISHED',
      fileExists: true,
      fileName: expect.stringMatching(/^nightly-.*\.zip$/),
    });
    expect(backup.statistics.processedObjectsCount).toBe(backup.statistics.totalObjectsCount);

    const [listed] = await send<{ fileName: string; fileSize: number }[]>(confluence, 'GET', 'restore/files', {
      params: { jobScope: 'SITE' },
    });
    const file = await send<Buffer>(confluence, 'GET', `jobs/${made.id}/download`, { responseType: 'arraybuffer' });
    expect(listed).toMatchObject({ fileName: backup.fileName, fileSize: file.length });

    expect((await spoil()).length).toBeGreaterThan(0);
    expect(await contentOf()).not.toEqual(before);
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(file)]), 'site.zip');
    const uploading = basic({ noCheckAtlassianToken: true });
    const restoring = await send<Job>(uploading, 'POST', 'restore/site/upload', { data: form });
    const restored = await untilOver(confluence, restoring.id);
    expect(restored, restored.errorMessage ?? '').toMatchObject({ jobState: 'FINISHED', fileName: 'site.zip' });
    expect(restored.statistics.persistedObjectsCount).toBeGreaterThan(100);
    expect(await contentOf()).toEqual(before);
  });

  it('lists jobs by its way of writing lists and times, cancels, and clears the queue', async () => {
    const confluence = basic();
    const params = { jobStates: ['FINISHED', 'CANCELLED'], fromDate: new Date(0), jobOperation: 'BACKUP', limit: 5 };
    const jobs = await send<Job[]>(confluence, 'GET', 'jobs', { params });
    expect(jobs).toMatchObject([{ jobState: 'FINISHED', jobScope: 'SITE' }]);
    const data = { spaceKeys: spaces.slice(0, 2), keepPermanently: true };
    const made = await send<Job>(confluence, 'POST', 'backup/space', { data });
    expect(made.spaceKeys).toBe(spaces.slice(0, 2).join(','));
    await expect(send(confluence, 'POST', 'backup/space', { data })).rejects.toMatchObject({
      statusCode: 409,
      reason: 'Conflict',
    });
    await send<Job>(confluence, 'PUT', `jobs/${made.id}/cancel`);
    expect((await untilOver(confluence, made.id)).jobState).toMatch(/CANCELLED|FINISHED/);
    expect(await send<number>(confluence, 'PUT', 'jobs/clear-queue')).toBe(0);
    await expect(send(confluence, 'POST', 'backup/site', { data: {} })).rejects.toMatchObject({ statusCode: 400 });
  });

  it('signs in with a token as with a password', async () => {
    const response = await fetch(`${server.base}/api/tokens`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${server.name}:${server.password}`).toString('base64')}`,
      },
      body: JSON.stringify({ name: 'test', scopes: ['read', 'backup'], days: 1 }),
    });
    const { text } = (await response.json()) as { text: string };
    const confluence = client({ oauth2: { accessToken: text } });
    const data = { spaceKeys: [spaces[0]], keepPermanently: false };
    const made = await send<Job>(confluence, 'POST', 'backup/space', { data });
    expect(await untilOver(confluence, made.id)).toMatchObject({ jobState: 'FINISHED', spaceKeys: spaces[0] });
    await expect(send(confluence, 'POST', 'restore/site', { data: { fileName: 'x.zip' } })).rejects.toMatchObject({
      statusCode: 403,
    });
    await expect(send(client({ oauth2: { accessToken: 'oxb_none' } }), 'GET', 'jobs')).rejects.toMatchObject({ statusCode: 401 });
  });
});

describe('a shell script with curl', () => {
  // What scripts for Confluence do: create, look every few seconds, download; and for the way back: upload.
  const script = `
set -eu
api="$BASE/rest/api/backup-restore"
call() { curl --silent --show-error --fail-with-body --user "$NAME:$PASSWORD" "$@"; }
field() { sed -n "s/.*\\"$1\\":\\"\\{0,1\\}\\([^,\\"}]*\\).*/\\1/p"; echo; }
wait_for() {
  for try in $(seq 600); do
    state=$(call "$api/jobs/$1" | field jobState)
    case "$state" in FINISHED) return 0 ;; FAILED | CANCELLED) echo "$state" >&2; return 1 ;; esac
    sleep 0.2
  done
  return 1
}
`;
  const sh = async (commands: string) => {
    const file = join(folder, 'client.sh');
    await writeFile(file, script + commands);
    const { stdout } = await promisify(execFile)('bash', [file], {
      cwd: folder,
      env: { PATH: process.env.PATH, BASE: server.base, NAME: server.name, PASSWORD: server.password, SPACE: spaces[0] },
    });
    return stdout.trim();
  };

  it('backs a space up and downloads it, also from where a download broke off', async () => {
    const id = await sh(`
id=$(call -X POST -H 'Content-Type: application/json' -d "{\\"spaceKeys\\":[\\"$SPACE\\"],\\"keepPermanently\\":false}" "$api/backup/space" | field id)
wait_for "$id"
call -o whole.zip "$api/jobs/$id/download"
head -c 1000 whole.zip > part.zip
call -C - -o part.zip "$api/jobs/$id/download"
cmp whole.zip part.zip
echo "$id"`);
    expect(id).toMatch(/^\d+$/);
    const report = await cliJson(join(folder, 'data'), 'inspect', join(folder, 'whole.zip'));
    expect(report).toMatchObject({ spaces: [expect.objectContaining({ key: spaces[0] })] });
  });

  it('backs the site up and restores it from an upload', async () => {
    const before = await contentOf();
    await sh(`
id=$(call -X POST -H 'Content-Type: application/json' -d '{"skipAttachments":true,"keepPermanently":true}' "$api/backup/site" | field id)
wait_for "$id"
call -OJ "$api/jobs/$id/download"
mv ./*site-export*.zip site.zip`);
    expect((await stat(join(folder, 'site.zip'))).size).toBeGreaterThan(1000);
    await spoil();
    await sh(`
id=$(call -X POST -H 'X-Atlassian-Token: nocheck' -F file=@site.zip "$api/restore/site/upload" | field id)
wait_for "$id"`);
    expect(await contentOf()).toEqual(before);
  });

  it('takes a space to another site, by the path of that one', async () => {
    await cliJson(join(folder, 'data'), 'sandbox', 'create', 'spare');
    await sh(`
call -X POST -H 'Content-Type: application/json' -d '{"name":"spare","sandbox":"spare"}' "$BASE/api/sites"
api="$BASE/sites/spare/rest/api/backup-restore"
id=$(call -X POST -H 'X-Atlassian-Token: no-check' -F file=@whole.zip "$api/restore/space/upload" | field id)
wait_for "$id"`);
    const sql = `SELECT c.title FROM public.content c JOIN public.spaces s ON s.spaceid = c.spaceid WHERE s.spacekey = '${spaces[0]}'
      AND c.contenttype = 'PAGE' AND c.prevver IS NULL ORDER BY c.title`;
    const pages = await titles(sql);
    expect(pages.length).toBeGreaterThan(0);
    expect(await titles(sql, 'spare')).toEqual(pages);
    // A space of that key is there now: as in Confluence, the job fails, and says what to do.
    const failed = await sh(`
api="$BASE/sites/spare/rest/api/backup-restore"
id=$(call -X POST -H 'Content-Type: application/json' -d '{"fileName":"whole.zip"}' "$api/restore/space" | field id)
wait_for "$id" || call "$api/jobs/$id"`);
    expect(JSON.parse(failed)).toMatchObject({ jobState: 'FAILED', errorMessage: expect.stringContaining(spaces[0]) });
  });

  it('is told by exit code and message what was wrong', async () => {
    const refused = async (commands: string) =>
      (await sh(`${commands} || echo "exit $?"`)).replace(/^\{.*"message":"([^"]*)".*\}/s, '$1 ');
    expect(await refused(`call -X POST -F file=@site.zip "$api/restore/site/upload"`)).toMatch(/^XSRF check failed.*exit 22$/s);
    expect(await refused(`call -X POST -d '{}' "$api/backup/site"`)).toMatch(/Content-Type: application\/json.*exit 22$/s);
    expect(await refused('call "$api/jobs/999999"')).toMatch(/no job 999999.*exit 22$/s);
    expect(await sh(`curl -s -o /dev/null -w '%{http_code}' "$api/jobs"`)).toBe('401');
  });

  it('cancels a job and clears the queue', async () => {
    const answer = await sh(`
json='Content-Type: application/json'
for try in 1 2 3; do call -X POST -H "$json" -d '{"skipAttachments":true,"keepPermanently":false}' "$api/backup/site" | field id; done > ids
call -X PUT -H "$json" "$api/jobs/$(tail -1 ids)/cancel" | field jobState
call -X PUT "$api/jobs/clear-queue"`);
    expect(answer).toMatch(/^CANCELLED\n[12]$/);
  });
});

it('the server tells no password in its log', async () => {
  await server.stop();
  const { stderr } = await server.run.ended;
  expect(stderr).toContain('"path":"/rest/api/backup-restore/jobs"');
  for (const secret of [server.password, adasPassword]) expect(stderr).not.toContain(secret);
  expect(stderr).not.toContain('"level":"error"');
  expect(await readFile(join(folder, 'client.sh'), 'utf8')).not.toContain(server.password);
});

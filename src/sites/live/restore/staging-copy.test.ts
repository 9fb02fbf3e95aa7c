import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileDigests, tableDigests } from '../../../../test/support/site-digest.ts';
import { restoreWhole, wholeSource } from '../../../../test/support/whole-copy.ts';
import { WholeSites } from '../../../../test/support/whole-sites.ts';
import type { LiveSite } from '../connection.ts';
import { connect } from '../connection.ts';
import { makeStagingCopy, type StagingChange } from './staging-copy.ts';

let all: WholeSites;
let original: LiveSite;
let rowsBefore: Record<string, string>;
let copy: LiveSite;
let changes: StagingChange[];
let warnings: string[];

const baseUrl = 'https://wiki-test.example.com/a&b/';

/** What a site that is in use has, in the form that Confluence gives it. */
const inUse = `
  SET search_path TO public;
  INSERT INTO bandana (bandanaid, bandanacontext, bandanakey, bandanavalue) VALUES
    (901, '_GLOBAL', 'atlassian.confluence.smtp.mail.accounts', '<map><entry><hostname>mail.example.com</hostname></entry></map>'),
    (902, 'DEV', 'atlassian.confluence.space.mailaccounts', '<list/>'),
    (903, '_GLOBAL', 'applinks.global.application.ids', '<list><string>1cfe</string></list>'),
    (904, '_GLOBAL', 'applinks.admin.1cfe.rpc.url', '<string>https://jira.example.com</string>'),
    (905, '_GLOBAL', 'com.atlassian.oauth.consumer.ConsumerService:host.key', '<string>k</string>'),
    (906, '_GLOBAL', 'applinksomething.else', '<string>stays</string>'),
    (907, 'DEV', 'atlassian.confluence.settings', '<settings><baseUrl>https://stays.example.com</baseUrl></settings>');
  INSERT INTO trustedapp SELECT 1, 'jira', 1000, min(keyid) FROM keystore;
  INSERT INTO trustedapprestriction VALUES (1, 'URL', '/', 1);
  INSERT INTO scheduler_run_details (id, job_id) VALUES (1, 'BackupJob'), (2, 'BackupJob');
  DELETE FROM remembermetoken;
  INSERT INTO remembermetoken VALUES (1, 'admin', 1, 'secret');
  INSERT INTO clustersafety VALUES (1, 4711);
  INSERT INTO journalentry (entry_id) VALUES (1), (2), (3);
  CREATE TABLE "AO_81F455_PERSONAL_TOKEN" ("ID" serial PRIMARY KEY, "TOKEN" text);
  INSERT INTO "AO_81F455_PERSONAL_TOKEN" ("TOKEN") VALUES ('a'), ('b');
  CREATE TABLE "AO_A0B856_WEBHOOK" ("ID" serial PRIMARY KEY, "URL" text);
  CREATE TABLE "AO_A0B856_HIST_INVOCATION" ("ID" integer REFERENCES "AO_A0B856_WEBHOOK");
  CREATE TABLE "AO_A0B856_WEB_HOOK_LISTENER_AO" ("ID" serial PRIMARY KEY);
  INSERT INTO "AO_A0B856_WEBHOOK" ("URL") VALUES ('https://ci.example.com');
  INSERT INTO "AO_A0B856_HIST_INVOCATION" VALUES (1), (1);
  INSERT INTO "AO_A0B856_WEB_HOOK_LISTENER_AO" VALUES (1);`;

beforeAll(async () => {
  all = await WholeSites.open();
  original = await all.sites.create(all.source);
  original = { ...original, home: all.source.home };
  await all.sites.query(original, inUse);
  rowsBefore = await tableDigests(original.databaseUrl);
  const context = await all.sites.context();
  copy = await all.nowhere();
  const writer = await restoreWhole(await wholeSource(original, context), copy, 'copy', context, { stagingCopy: { baseUrl } });
  changes = writer.stagingChanges;
  warnings = context.warnings.map((warning) => warning.code);
});
afterAll(async () => await all.close());

const rows = async (sql: string) => await all.sites.query(copy, sql);

describe('a copy for tests', () => {
  it('tells what was changed', () => {
    expect(Object.fromEntries(changes.map(({ what, count }) => [what, count]))).toEqual({
      'base URL (now https://wiki-test.example.com/a&b)': 1,
      'outgoing mail servers': 1,
      'mail accounts that spaces fetch from': 1,
      'application links': 2,
      'keys and tokens of application links': 1,
      'trusted applications': 2,
      'scheduled jobs': 14,
      'remember-me tokens': 1,
      'personal access tokens': 2,
      webhooks: 4,
      'numbers of the cluster': 1,
      'entries of the index journal': 3,
    });
  });

  it('has its own base URL, and no other change in the settings', async () => {
    const setting = `SELECT bandanavalue AS value FROM public.bandana WHERE bandanakey = 'atlassian.confluence.settings' ORDER BY bandanacontext`;
    const [space, global] = (await rows(setting)).map((row) => row.value);
    const [, before] = (await all.sites.query(original, setting)).map((row) => row.value);
    expect(global).toContain('<baseUrl>https://wiki-test.example.com/a&amp;b</baseUrl>');
    expect(global.replace(/<baseUrl>.*<\/baseUrl>/, '')).toBe(before.replace(/<baseUrl>.*<\/baseUrl>/, ''));
    expect(space).toContain('https://stays.example.com');
  });

  it('differs from its original in nothing else', async () => {
    const after = await tableDigests(copy.databaseUrl);
    const changed = Object.keys(rowsBefore).filter((table) => after[table] !== rowsBefore[table]);
    expect(changed.sort()).toEqual([
      'AO_81F455_PERSONAL_TOKEN',
      'AO_A0B856_HIST_INVOCATION',
      'AO_A0B856_WEBHOOK',
      'AO_A0B856_WEB_HOOK_LISTENER_AO',
      'bandana',
      'clustersafety',
      'journalentry',
      'remembermetoken',
      'scheduler_clustered_jobs',
      'scheduler_run_details',
      'trustedapp',
      'trustedapprestriction',
    ]);
    expect(await rows(`SELECT count(*)::int AS n FROM public.bandana WHERE bandanaid = 906`)).toEqual([{ n: 1 }]);
    expect(await tableDigests(original.databaseUrl)).toEqual(rowsBefore);
    const { 'confluence.cfg.xml': _, ...files } = await fileDigests(copy.home);
    const { 'confluence.cfg.xml': __, ...expected } = await fileDigests(original.home);
    expect(files).toEqual(expected);
  });

  it('has a configuration that leads to its own database, to no cluster and to no folder of the original', async () => {
    const config = await readFile(join(copy.home, 'confluence.cfg.xml'), 'utf8');
    const { hostname, port, pathname, username, password } = new URL(copy.databaseUrl);
    expect(config).toContain(
      `<property name="hibernate.connection.url">jdbc:postgresql://${hostname}:${port}${pathname}</property>`,
    );
    expect(config).toContain(`<property name="hibernate.connection.username">${username}</property>`);
    expect(config).toContain(`<property name="hibernate.connection.password">${decodeURIComponent(password)}</property>`);
    expect(config).toContain('<property name="attachments.dir">$' + '{confluenceHome}/attachments</property>');
    expect(config).toContain('<buildNumber>9012</buildNumber>');
    expect(config).not.toMatch(/example\.com|10\.0\.0\.1|pass&amp;word|\n\s*\n/);
    expect(warnings).toEqual([]);
  });

  it('is refused with a base URL that is none', async () => {
    const target = await all.nowhere();
    const context = await all.sites.context();
    for (const wrong of ['wiki', 'ftp://wiki.example.com', '']) {
      const restored = restoreWhole(all.whole, target, 'wrong', context, { stagingCopy: { baseUrl: wrong } });
      await expect(restored).rejects.toMatchObject({ code: 'BASE_URL_INVALID' });
    }
  });

  it('can be made of a schema that has none of the tables', async () => {
    const site = await all.nowhere();
    const client = await connect(site);
    expect(await makeStagingCopy(client, 'public', { baseUrl })).toEqual([]);
    await client.end();
  });
});

it('a copy for tests whose configuration names no database gets none', async () => {
  const context = await all.sites.context();
  const whole = {
    ...all.whole,
    files: async function* () {
      for await (const file of all.whole.files()) {
        if (file.path !== 'home/confluence.cfg.xml') yield file;
        else {
          const config = Buffer.from('<confluence-configuration/>');
          yield {
            ...file,
            size: config.length,
            open: async function* () {
              yield config;
            },
          };
        }
      }
    },
  };
  const target = await all.nowhere();
  await restoreWhole(whole, target, 'copy', context, { stagingCopy: { baseUrl } });
  expect(readdirSync(target.home)).not.toContain('confluence.cfg.xml');
  expect(context.warnings.map((warning) => warning.code)).toEqual(['CONFIG_LEFT_OUT']);
});

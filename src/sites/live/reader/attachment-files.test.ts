import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { v4Path, ver003Folder } from '#model/attachment-paths.ts';
import { TestSites } from '../../../../test/support/test-sites.ts';
import type { LiveSite } from '../connection.ts';
import { LiveSiteReader } from './live-site-reader.ts';

let sites: TestSites;
beforeAll(async () => {
  sites = await TestSites.open();
});
afterAll(async () => await sites.close());

async function put(site: LiveSite, path: string, data: string): Promise<void> {
  const file = join(site.home, 'attachments', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, data);
}

/** Page 22158395 of space 524289 with attachment 22547306: version 2 is current, 22547400 is its first version. */
async function siteWithAttachment(): Promise<LiveSite> {
  const site = await sites.create();
  await sites.query(site, `INSERT INTO spaces (spaceid, spacekey, lowerspacekey) VALUES (524289, 'DOC', 'doc')`);
  await sites.query(site, `INSERT INTO content (contentid, contenttype, spaceid) VALUES (22158395, 'PAGE', 524289)`);
  await sites.query(
    site,
    `INSERT INTO content (contentid, contenttype, title, version, pageid, spaceid, prevver, content_status) VALUES
     (22547306, 'ATTACHMENT', 'a.txt', 2, 22158395, 524289, NULL, 'current'), (22547400, 'ATTACHMENT', 'a.txt', 1, 22158395, 524289, 22547306, 'current')`,
  );
  return site;
}

async function read(site: LiveSite) {
  const context = await sites.context();
  const reader = await LiveSiteReader.open(site, {}, context);
  const found: string[] = [];
  for await (const file of reader.attachments()) {
    let text = '';
    for await (const chunk of await file.open()) text += chunk;
    found.push(`${file.containerId}/${file.attachmentId}/${file.version}: ${text}`);
  }
  await reader.close();
  return { found, warnings: context.warnings.map((warning) => `${warning.code} ${warning.object}`) };
}

describe('the attachments of a live site', () => {
  const old = ver003Folder('524289', '22158395', '22547306');

  it('are found in the layout of 3.0 to 8.0', async () => {
    const site = await siteWithAttachment();
    await put(site, join(old, '1'), 'first');
    await put(site, join(old, '2'), 'second');
    expect(await read(site)).toEqual({ found: ['22158395/22547306/1: first', '22158395/22547306/2: second'], warnings: [] });
  });

  it('are found while both layouts exist, the newer one first', async () => {
    const site = await siteWithAttachment();
    await put(site, join(old, '1'), 'first');
    await put(site, join(old, '2'), 'stale');
    await put(site, v4Path('22547306', '2'), 'second');
    expect((await read(site)).found).toEqual(['22158395/22547306/1: first', '22158395/22547306/2: second']);
  });

  it('are named when their file is missing, or when a file belongs to no version', async () => {
    const site = await siteWithAttachment();
    await put(site, v4Path('22547306', '2'), 'second');
    await put(site, v4Path('22547306', '9'), 'stray');
    expect(await read(site)).toEqual({
      found: ['22158395/22547306/2: second', '22158395/22547306/9: stray'],
      warnings: [`ATTACHMENT_FILE_MISSING Attachment 22547306 'a.txt'`, `ATTACHMENT_ROW_MISSING Attachment 22547306 'a.txt'`],
    });
  });
});

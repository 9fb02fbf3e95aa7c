import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLiveSite } from '#flows/generate/generate-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { estimateBackup } from './estimate-backup.ts';

let sites: TestSites;
let site: LiveSite;

beforeAll(async () => {
  sites = await TestSites.open();
  site = await sites.create();
  await generateLiveSite({ pages: 40, seed: 4, attachmentBytes: 300_000 }, site, await sites.context());
});
afterAll(() => sites.close());

describe('the size of a backup, beforehand', () => {
  it('counts attachments as the site says, and rows of a whole site', async () => {
    const [{ bytes }] = await sites.query(
      site,
      `SELECT sum(longval) AS bytes FROM public.contentproperties WHERE propertyname = 'FILESIZE'`,
    );
    const whole = await estimateBackup(site, { attachments: true, spaceKeys: [] });
    const rows = await estimateBackup(site, { attachments: false, spaceKeys: [] });
    expect(Number(bytes)).toBeGreaterThan(0);
    expect(rows).toBeGreaterThan(0);
    expect(whole - rows).toBe(Number(bytes));
    const keys = (await sites.query<{ key: string }>(site, 'SELECT spacekey AS key FROM public.spaces')).map(({ key }) => key);
    const each = await Promise.all(keys.map((key) => estimateBackup(site, { attachments: true, spaceKeys: [key] })));
    expect(each.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(Number(bytes));
    expect(Math.max(...each)).toBeGreaterThan(0);
    expect(await estimateBackup(site, { attachments: false, spaceKeys: keys })).toBe(0);
  });

  it('is nothing rather than an error, where the site cannot say it', async () => {
    const other = await sites.create(site);
    await sites.query(other, 'DROP TABLE public.contentproperties CASCADE');
    expect(await estimateBackup(other, { attachments: true, spaceKeys: [] })).toBeGreaterThan(0);
  });
});

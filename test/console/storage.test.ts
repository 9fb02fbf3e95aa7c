import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/browser.ts';
import type { ConsoleServer } from '../support/console-server.ts';
import { ConsoleVisits } from '../support/console-visits.ts';
import { ask, untilState } from '../support/test-server.ts';

// Vaults in a real browser: health, prune, keys, a second one and the copy into it.

describe.skipIf(!chromiumPath)('the screen of vaults', () => {
  let visits: ConsoleVisits;
  let server: ConsoleServer;

  beforeAll(async () => {
    visits = await ConsoleVisits.open();
    server = visits.server;
    const { id } = await ask(server.app, { type: 'snapshot', site: 'wiki', vault: 'main' });
    await untilState(server.app, id);
  });
  afterAll(() => visits?.close());
  afterEach(() => visits.leave());

  it('warns of a vault that was never checked, and says after a check how far it looked', async () => {
    const page = await visits.page();
    await visits.goTo(page, '/storage');
    await page.getByText('never checked').waitFor();
    await page.getByRole('button', { name: 'Check all data' }).click();
    await page.getByRole('heading', { level: 1, name: /Check \d+/ }).waitFor();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    await visits.goTo(page, '/storage');
    await page.getByText(/Sound: 100 % of the data was read/).waitFor();
  });

  it('previews a prune in numbers before it does one', async () => {
    const page = await visits.page();
    await visits.goTo(page, '/storage');
    await page.getByRole('button', { name: 'Preview a prune' }).click();
    await page.getByRole('heading', { level: 1, name: /Prune \d+/ }).waitFor();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    await visits.goTo(page, '/storage');
    await page.getByText(/A prune would free/).waitFor();
    await page.getByRole('button', { name: 'Prune', exact: true }).click();
    await page
      .getByRole('dialog')
      .getByText(/What no snapshot needs is removed for good/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Prune' }).click();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    // What it said of before is no longer true.
    await visits.goTo(page, '/storage');
    expect(await page.getByText(/A prune would free/).count()).toBe(0);
  });

  it('adds a passphrase that was typed twice, and takes it away again', async () => {
    const page = await visits.page();
    await visits.goTo(page, '/storage');
    await page.getByText('Keys', { exact: true }).click();
    await page.getByRole('button', { name: 'Add a passphrase' }).click();
    const dialogue = page.getByRole('dialog');
    await dialogue.getByLabel('What it is for').fill('the safe');
    await dialogue.getByLabel('Passphrase', { exact: false }).first().fill('in the safe');
    await dialogue.getByLabel('Passphrase, once more').fill('in the save');
    await dialogue.getByText('Not the same as above.').waitFor();
    expect(await dialogue.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await dialogue.getByLabel('Passphrase, once more').fill('in the safe');
    await dialogue.getByRole('button', { name: 'Save' }).click();
    const remove = page.getByRole('table', { name: 'Keys' }).getByRole('button', { name: 'Remove' });
    await remove.click({ timeout: 30_000 });
    await page
      .getByRole('dialog')
      .getByText(/will not open the vault any more/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await remove.waitFor({ state: 'hidden' });
    await page.getByText('used by this server').waitFor();
  });

  it('makes a second vault and copies into it, and forgets it when its name is typed', async () => {
    const location = join(server.server.folder, 'second');
    await mkdir(location);
    const page = await visits.page();
    await visits.goTo(page, '/storage');
    await page.getByRole('button', { name: 'Add a vault' }).click();
    const dialogue = page.getByRole('dialog');
    await dialogue.getByLabel('Name').fill('second');
    await dialogue.getByLabel(/^Folder or/).fill('relative');
    await dialogue.getByLabel('Passphrase', { exact: false }).first().fill('of the second');
    await dialogue.getByLabel('Passphrase, once more').fill('of the second');
    await dialogue.getByRole('button', { name: 'Add' }).click();
    await dialogue
      .getByRole('alert')
      .getByText(/a whole path/)
      .waitFor();
    await dialogue.getByLabel(/^Folder or/).fill(location);
    await dialogue.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('heading', { level: 2, name: 'second' }).waitFor({ timeout: 30_000 });
    const main = page.locator('section').filter({ has: page.getByRole('heading', { level: 2, name: 'main' }) });
    await main.getByRole('combobox', { name: 'Copy to another vault' }).click();
    await page.getByRole('option', { name: 'second' }).click();
    await main.getByRole('button', { name: 'Copy now' }).click();
    await page.getByRole('heading', { level: 1, name: /Copy \d+/ }).waitFor();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    await visits.goTo(page, '/storage');
    const second = page.locator('section').filter({ has: page.getByRole('heading', { level: 2, name: 'second' }) });
    await second.getByRole('button', { name: 'Remove from this server' }).click();
    await page
      .getByRole('dialog')
      .getByText(/Its snapshots \(1\) stay where they are/)
      .waitFor();
    await page.getByRole('dialog').getByLabel('second').fill('second');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove from this server' }).click();
    await second.waitFor({ state: 'hidden' });
  });
});

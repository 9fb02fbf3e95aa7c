import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { openBrowser } from './browser.ts';
import { type Beginning, ConsoleServer } from './console-server.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Visit {
  path?: string;
  name?: string;
  word?: string;
  width?: number;
  scheme?: 'light' | 'dark';
}

/** Pages of the console in a real browser. All are watched: no other host is asked, nothing breaks the policy, no script fails. */
export class ConsoleVisits {
  readonly server: ConsoleServer;
  readonly #browser: Browser;
  readonly #pages: Page[] = [];
  #troubles: string[] = [];

  private constructor(server: ConsoleServer, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  static async open(beginning?: Beginning): Promise<ConsoleVisits> {
    return new ConsoleVisits(await ConsoleServer.open(beginning), await openBrowser());
  }

  /** Signed in as the administrator, unless another name and password are given. */
  async page({
    path = '/',
    name = 'admin',
    word = this.server.password,
    width = 1280,
    scheme = 'light',
  }: Visit = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      acceptDownloads: true,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    this.#pages.push(page);
    page.on('pageerror', (error) => this.#troubles.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text())) this.#troubles.push(message.text());
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(this.server.url) && !/^(data|blob):/.test(url)) this.#troubles.push(`asked ${url}`);
    });
    await page.goto(`${this.server.url}${path}`);
    await this.signIn(page, name, word);
    return page;
  }

  async signIn(page: Page, name: string, word: string): Promise<void> {
    await page.getByLabel('User name').fill(name);
    await page.getByRole('textbox', { name: 'Password' }).fill(word);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  /** Goes to a screen and waits until what it shows is there. */
  async goTo(page: Page, path: string): Promise<void> {
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.goto(`${this.server.url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await untilLoaded(page);
  }

  /** Closes the pages of a test; nothing may have gone wrong in them. */
  async leave(): Promise<void> {
    for (const page of this.#pages.splice(0)) await page.context().close();
    const found = this.#troubles;
    this.#troubles = [];
    expect(found).toEqual([]);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.server.close();
  }
}

/** Until nothing on the page waits for the server any more. */
export async function untilLoaded(page: Page): Promise<void> {
  await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count(), { timeout: 20_000 }).toBe(0);
}

interface Violation {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

/** What axe finds on the page as it stands. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run();
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 140)} ${failureSummary.slice(0, 200)}`).join(' | ')}`,
    );
  });
}

/** What sticks out of the page at its right, but for what scrolls in a frame of its own. */
export async function overflowOf(page: Page): Promise<string[]> {
  return await page.evaluate(
    `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.wide')).map((e) => e.outerHTML.slice(0, 160))`,
  );
}

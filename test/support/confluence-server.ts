import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Scope } from '#app/access/caller.ts';
import { makeToken } from '#app/access/credentials.ts';
import { sizeOf } from '#app/file-size.ts';
import type { OpenApplication } from '#app/open-application.ts';
import { changeSite } from '#app/sites/registered-sites.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { buildServer } from '#server/http/build-server.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { addAccount, type Grant } from './site-accounts.ts';
import { administrator, TestServer } from './test-server.ts';

/** Who asks in tests: a system administrator, who administers space A, who may export A and B, somebody, and nobody. */
export type Role = 'root' | 'keeper' | 'carrier' | 'reader' | 'stranger' | 'nobody';
export const password = 'of a test';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** biome-ignore lint: any form */
  json: any;
}

/** A running server with two sites: `wiki`, the default, with an account for each role, and `other`, whose administrator is the stranger. */
export class ConfluenceServer {
  readonly test: TestServer;
  readonly app: OpenApplication;
  readonly wiki: LiveSite;
  readonly spaces: string[];
  readonly base: string;
  readonly http: FastifyInstance;

  private constructor(
    test: TestServer,
    app: OpenApplication,
    wiki: LiveSite,
    spaces: string[],
    http: FastifyInstance,
    base: string,
  ) {
    this.test = test;
    this.app = app;
    this.wiki = wiki;
    this.spaces = spaces;
    this.http = http;
    this.base = base;
  }

  static async open(): Promise<ConfluenceServer> {
    const test = await TestServer.open();
    const app = await test.application();
    const wiki = await test.site(app, 'wiki');
    const other = await test.site(app, 'other');
    await changeSite(app, 'wiki', { isDefault: true });
    const found = await test.sites.query<{ key: string }>(
      wiki,
      `SELECT spacekey AS key FROM public.spaces WHERE spacekey NOT LIKE '~%' ORDER BY 1`,
    );
    const spaces = found.map(({ key }) => key);
    const accounts: [LiveSite, Role, Grant[]][] = [
      [wiki, 'root', ['SYSTEMADMINISTRATOR']],
      [wiki, 'keeper', [['SETSPACEPERMISSIONS', spaces[0]]]],
      [
        wiki,
        'carrier',
        [
          ['EXPORTSPACE', spaces[0]],
          ['EXPORTSPACE', spaces[1]],
        ],
      ],
      [wiki, 'reader', []],
      [other, 'stranger', ['SYSTEMADMINISTRATOR']],
    ];
    for (const [site, role, grants] of accounts) {
      await addAccount((sql, values) => test.sites.query(site, sql, values), role, password, grants);
    }
    const http = await buildServer(app);
    const base = await http.listen({ host: '127.0.0.1', port: 0 });
    return new ConfluenceServer(test, app, wiki, spaces, http, base);
  }

  authorization(role: Role): Record<string, string> {
    if (role === 'nobody') return {};
    return { authorization: `Basic ${Buffer.from(`${role}:${password}`).toString('base64')}` };
  }

  /** XML backups of the site and of the first space, in its restore folder. */
  async writeBackups(): Promise<{ site: string; space: string }> {
    const paths = { site: '', space: '' };
    for (const kind of ['site', 'space'] as const) {
      const folder = join(this.wiki.home, 'restore', kind);
      await mkdir(folder, { recursive: true });
      paths[kind] = join(folder, `${kind}.zip`);
      const choice = kind === 'site' ? { attachments: true } : { spaceKeys: [this.spaces[0]] };
      await exportBackup(this.wiki, paths[kind], choice, await this.test.sites.context(), sizeOf);
    }
    return paths;
  }

  /** A token of the role's account. */
  async token(role: Role, scopes: Scope[]): Promise<string> {
    const realm = role === 'stranger' ? 'other' : 'wiki';
    const owner = { ...administrator, name: role as string, realm };
    return (await makeToken(this.app, owner, { name: 'test', scopes, days: 1 })).text;
  }

  /** Of the default site, or of the one that is named. Objects are sent as JSON. */
  async call(
    role: Role,
    request: string,
    { body, headers, site }: { body?: unknown; headers?: Record<string, string>; site?: string } = {},
  ): Promise<Answer> {
    const [method, path] = request.split(' ');
    const isPlain = body === undefined || typeof body === 'string' || body instanceof FormData;
    const response = await fetch(`${this.base}${site ? `/sites/${site}` : ''}/rest/api/backup-restore${path}`, {
      method,
      headers: {
        ...this.authorization(role),
        ...(body !== undefined && !(body instanceof FormData) ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isPlain ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  }

  async close(): Promise<void> {
    await this.http.close();
    await this.test.close();
  }
}

import type { FastifyInstance } from 'fastify';
import { createBootstrapAdministrator } from '#app/access/credentials.ts';
import { startNotifier } from '#app/notifications/notifier.ts';
import type { OpenApplication } from '#app/open-application.ts';
import { addSite } from '#app/sites/registered-sites.ts';
import { type Dispatcher, startDispatcher } from '#app/work/dispatcher.ts';
import { buildServer } from '#server/http/build-server.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { TestServer } from './test-server.ts';
import { WikiAccounts } from './wiki-accounts.ts';

/** What the server knows at first: a site and a vault, a site alone, or nothing. The site itself is there in any case. */
export type Beginning = 'site-and-vault' | 'site' | 'nothing';

/** A server that answers on a socket, with a site, a vault, an administrator and somebody who administers one space. It can be stopped and started again. */
export class ConsoleServer {
  readonly server: TestServer;
  readonly app: OpenApplication;
  readonly site: LiveSite;
  readonly password: string;
  /** Key of the space that "spacey" (password "of spacey") administers. */
  readonly spaceKey: string;
  #http: FastifyInstance | null = null;
  #dispatcher: Dispatcher | null = null;
  #stopNotifier: () => void = () => {};
  #port = 0;

  readonly #wiki: WikiAccounts;

  private constructor(
    server: TestServer,
    app: OpenApplication,
    site: LiveSite,
    password: string,
    spaceKey: string,
    wiki: WikiAccounts,
  ) {
    this.#wiki = wiki;
    this.server = server;
    this.app = app;
    this.site = site;
    this.password = password;
    this.spaceKey = spaceKey;
  }

  static async open(beginning: Beginning = 'site-and-vault'): Promise<ConsoleServer> {
    const server = await TestServer.open();
    const app = await server.application();
    const site = await server.unregisteredSite(30);
    if (beginning !== 'nothing') await addSite(app, { name: 'wiki', databaseUrl: site.databaseUrl, home: site.home });
    if (beginning === 'site-and-vault') await server.vault(app, 'main');
    const wiki = new WikiAccounts(server.sites, site);
    await wiki.directory(77_001, { place: 90 });
    await wiki.user('spacey', 77_001, { password: 'of spacey', display: 'Space Administrator' });
    const [{ key }] = await server.sites.query<{ key: string }>(
      site,
      `SELECT spacekey AS key FROM public.spaces WHERE spacekey NOT LIKE '~%' ORDER BY 1 LIMIT 1`,
    );
    await wiki.permission('SETSPACEPERMISSIONS', key, { user: 'spacey' });
    const { password } = (await createBootstrapAdministrator(app))!;
    const opened = new ConsoleServer(server, app, site, password, key, wiki);
    await opened.start();
    return opened;
  }

  /** Somebody whose account is in the site, and who administers all of it. */
  async makeSiteAdministrator(name: string, password: string): Promise<void> {
    await this.#wiki.user(name, 77_001, { password });
    await this.#wiki.permission('SYSTEMADMINISTRATOR', null, { user: name });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#dispatcher = await startDispatcher(this.app);
    this.#stopNotifier = startNotifier(this.app);
    this.#http = await buildServer(this.app, this.#dispatcher);
    await this.#http.listen({ host: '127.0.0.1', port: this.#port });
    const address = this.#http.addresses()[0];
    this.#port = typeof address === 'object' ? address.port : 0;
  }

  /** As when the server is restarted: jobs that run are interrupted. */
  async stop(): Promise<void> {
    this.#stopNotifier();
    await this.#http?.close();
    await this.#dispatcher?.stop(0);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.server.close();
  }
}

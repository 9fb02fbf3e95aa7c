import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Caller } from '#app/access/caller.ts';
import { allPermissions } from '#app/access/caller.ts';
import type { JobRequest } from '#app/jobs/job-request.ts';
import { requestJob } from '#app/jobs/request-job.ts';
import { type OpenApplication, openApplication } from '#app/open-application.ts';
import { addSite } from '#app/sites/registered-sites.ts';
import { addVault } from '#app/vaults/registered-vaults.ts';
import { silentLog } from '#base/log.ts';
import { finalStates, type Job, type JobState } from '#control/jobs/job.ts';
import { readJob } from '#control/jobs/read-jobs.ts';
import { generateLiveSite } from '#flows/generate/generate-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { dropPreviousSite } from '#sites/live/restore/rollback.ts';
import { throwawayFolder } from '#sites/live/sandbox/throwaway-postgres.ts';
import { TestSites } from './test-sites.ts';

/** A server for tests: control database and sites on one throwaway PostgreSQL, a data folder, a vault. Any number of applications on it. */
export class TestServer {
  readonly sites: TestSites;
  readonly folder: string;
  readonly controlUrl: string;
  readonly #applications: OpenApplication[] = [];

  private constructor(sites: TestSites, folder: string, controlUrl: string) {
    this.sites = sites;
    this.folder = folder;
    this.controlUrl = controlUrl;
  }

  static async open(): Promise<TestServer> {
    const sites = await TestSites.open();
    return new TestServer(sites, await throwawayFolder(), await sites.emptyDatabase());
  }

  /** One server process would have this. */
  async application(env: Record<string, string> = {}, now: () => Date = () => new Date()): Promise<OpenApplication> {
    const app = await openApplication({
      data: join(this.folder, 'data'),
      env: { ...process.env, OXBOW_CONTROL_DATABASE_URL: this.controlUrl, ...env },
      now,
      log: silentLog,
    });
    this.#applications.push(app);
    app.config.minimumFreeBytes = 0;
    return app;
  }

  /** A generated site, registered under the name. */
  async site(app: OpenApplication, name: string, pages = 20): Promise<LiveSite> {
    const site = await this.unregisteredSite(pages);
    await addSite(app, { name, databaseUrl: site.databaseUrl, home: site.home });
    return site;
  }

  /** A generated site that no server knows yet. */
  async unregisteredSite(pages = 20): Promise<LiveSite> {
    const site = await this.sites.create();
    await generateLiveSite({ pages, seed: 5, attachmentBytes: 20_000 }, site, await this.sites.context());
    await dropPreviousSite(site);
    return site;
  }

  async vault(app: OpenApplication, name: string): Promise<string> {
    const location = join(this.folder, `vault-${name}`);
    await mkdir(location, { recursive: true });
    await addVault(app, { name, location, passphrase: 'of a test' }, true);
    return location;
  }

  async close(): Promise<void> {
    for (const app of this.#applications) await app.close();
    await this.sites.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const administrator: Caller = {
  name: 'admin',
  displayName: 'Admin',
  realm: 'local',
  isServerAdministrator: true,
  scopes: null,
  tokenId: null,
  permissions: async () => allPermissions,
};

export function ask(app: OpenApplication, request: JobRequest): Promise<Job> {
  return requestJob(app, administrator, request);
}

/** Waits until the job is in one of the states. */
export async function untilState(app: OpenApplication, id: string, states: readonly JobState[] = finalStates): Promise<Job> {
  for (;;) {
    const job = await readJob(app.control, id);
    if (job && states.includes(job.state)) return job;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

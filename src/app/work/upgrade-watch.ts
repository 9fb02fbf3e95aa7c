import { wakeChannel } from '#control/jobs/job-events.ts';
import { releaseHeldJobs } from '#control/jobs/start-job.ts';
import type { Application } from '../application.ts';
import { listSites, type RegisteredSite } from '../sites/registered-sites.ts';

const askMs = 3000;
const lookMs = 30_000;

/**
 * Whether a rolling upgrade of the site goes on: an operator says so, or its nodes report different build numbers. A node that does not answer
 * says nothing: during an upgrade nodes are down one after the other.
 */
export async function isUpgrading(app: Application, site: RegisteredSite): Promise<boolean> {
  if (site.upgradingSince !== null) return true;
  const builds = await Promise.all((site.nodeUrls ?? []).map((url) => buildNumberOf(url)));
  const known = new Set(builds.filter((build) => build !== null));
  if (known.size > 1) app.log.info({ site: site.name, builds: [...known] }, 'the nodes of the site have different builds');
  return known.size > 1;
}

/** The build of the Confluence at the address, from the manifest that it shows to everybody. Null when it does not answer. */
async function buildNumberOf(url: string): Promise<number | null> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/rest/applinks/1.0/manifest`, {
      signal: AbortSignal.timeout(askMs),
      redirect: 'error',
    });
    if (!response.ok) return null;
    const match = /buildNumber"?\s*[>:]\s*"?(\d{3,9})/.exec((await response.text()).slice(0, 100_000));
    return match ? Number(match[1]) : null;
  } catch {
    return null;
  }
}

/** Lets jobs go that were held, once the upgrade is over. */
export async function releaseWhatIsOver(app: Application): Promise<void> {
  const held = await app.control.query<{ site: string }>(
    `SELECT DISTINCT site FROM jobs WHERE held AND state = 'QUEUED' AND site IS NOT NULL`,
  );
  if (held.length === 0) return;
  const sites = await listSites(app);
  for (const { site: name } of held) {
    const site = sites.find((one) => one.name === name);
    if (site && (await isUpgrading(app, site))) continue;
    await releaseHeldJobs(app.control, name);
    await app.control.notify(wakeChannel, `site:${name}`);
  }
}

/** Looks every half minute. Returns a function that ends it. */
export function startUpgradeWatch(app: Application): () => void {
  const timer = setInterval(() => {
    releaseWhatIsOver(app).catch((error) =>
      app.log.warn({ reason: (error as Error).message }, 'could not look for upgrades that are over'),
    );
  }, lookMs);
  return () => clearInterval(timer);
}

import type { RunContext } from '#base/run-context.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { dropPreviousSite, rollbackLiveSite } from '#sites/live/restore/rollback.ts';
import { restoreId } from './restore-outcome.ts';

/** Undoes the last site restore, or gives up the site that is kept for that. */
export async function rollbackSite(
  site: LiveSite,
  options: { drop: boolean },
  context: RunContext,
): Promise<{ site: string; previous: string }> {
  if (options.drop) return { site: site.name, previous: await dropPreviousSite(site) };
  return { site: site.name, previous: await rollbackLiveSite(site, restoreId(context.now())) };
}

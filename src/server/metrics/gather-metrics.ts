import type { Application } from '#app/application.ts';
import { listSchedules, stateOf } from '#app/schedules/schedule-service.ts';
import { backupFolder, openRegisteredSite } from '#app/sites/open-registered-site.ts';
import { listSites } from '#app/sites/registered-sites.ts';
import { listVaults } from '#app/vaults/registered-vaults.ts';
import type { SnapshotFacts } from '#app/vaults/sync-snapshots.ts';
import { freeBytes } from '#app/work/disk-watch.ts';
import { countUndelivered } from '#control/notifications/outbox.ts';
import { listKnownSnapshots, readVaultState } from '#control/sites/known-snapshots.ts';

export interface Metric {
  name: string;
  help: string;
  labels: Record<string, string>;
  value: number;
}

/** What is true at this moment, out of the control database: nothing of a vault is read. */
export async function gatherMetrics(app: Application): Promise<Metric[]> {
  const metrics: Metric[] = [];
  const add = (name: string, help: string, labels: Record<string, string>, value: number) =>
    metrics.push({ name: `oxbow_${name}`, help, labels, value });
  const now = app.now().getTime();
  const age = (time: Date) => Math.max(0, (now - time.getTime()) / 1000);

  const jobs = await app.control.query<{ type: string; state: string; count: string }>(
    'SELECT type, state, count(*) AS count FROM jobs GROUP BY type, state',
  );
  for (const { type, state, count } of jobs) add('jobs', 'Jobs in the list, by type and state.', { type, state }, Number(count));
  const [queue] = await app.control.query<{ waiting: string; oldest: Date | null; held: string }>(
    `SELECT count(*) AS waiting, min(created) AS oldest, count(*) FILTER (WHERE held) AS held FROM jobs WHERE state = 'QUEUED'`,
  );
  add('queue_length', 'Jobs that wait.', {}, Number(queue.waiting));
  add('queue_held', 'Jobs that wait for the end of a rolling upgrade.', {}, Number(queue.held));
  add('queue_oldest_seconds', 'How long the first job has been waiting.', {}, queue.oldest ? age(queue.oldest) : 0);

  for (const site of await listSites(app)) {
    const labels = { site: site.name };
    const snapshots = await listKnownSnapshots<SnapshotFacts>(app.control, { site: site.name });
    const good = snapshots.filter(({ facts }) => facts.repaired === undefined && facts.summary.scope !== 'space');
    if (good.length > 0) {
      add('newest_snapshot_age_seconds', 'Age of the newest good snapshot of the whole site.', labels, age(good[0].time));
      add(
        'newest_snapshot_stored_bytes',
        'Bytes that the newest snapshot added to its vault.',
        labels,
        good[0].facts.statistics.storedBytes,
      );
      add('newest_snapshot_duration_seconds', 'How long the newest snapshot took.', labels, good[0].facts.statistics.seconds);
    }
    add('snapshots', 'Snapshots of the site, in all vaults.', labels, snapshots.length);
    const drills = snapshots.flatMap(({ facts }) => facts.drills.filter(({ ok }) => ok).map(({ time }) => Date.parse(time)));
    if (drills.length > 0)
      add(
        'last_drill_age_seconds',
        'Time since a drill last proved a snapshot of the site.',
        labels,
        age(new Date(Math.max(...drills))),
      );
    const [last] = await app.control.query<{ finished: Date }>(
      `SELECT finished FROM jobs WHERE site = $1 AND type IN ('snapshot', 'site-backup') AND state = 'FINISHED' ORDER BY finished DESC LIMIT 1`,
      [site.name],
    );
    if (last) add('last_backup_age_seconds', 'Time since a backup of the whole site last finished.', labels, age(last.finished));
    const free = await freeOf(app, site.name);
    if (free !== null)
      add('backup_folder_free_bytes', 'Bytes that are free where XML backups of the site are written.', labels, free);
  }
  for (const row of await listSchedules(app)) {
    const state = await stateOf(app, row);
    add('schedule_state', '1 for the state that a schedule is in.', { schedule: row.name, site: row.site ?? '', state }, 1);
  }
  add('notifications_undelivered', 'Messages that were not taken yet.', {}, await countUndelivered(app.control));
  for (const vault of await listVaults(app)) {
    const labels = { vault: vault.name };
    const state = await readVaultState(app.control, vault.name);
    if (state?.checked) {
      add('last_check_age_seconds', 'Time since the vault was last checked.', labels, age(state.checked));
      add('last_check_ok', 'Whether the last check found nothing wrong.', labels, state.checkOk ? 1 : 0);
    }
    const free = vault.location.startsWith('s3://') ? null : await freeBytes(vault.location);
    if (free !== null) add('vault_free_bytes', 'Bytes that are free where the vault lies.', labels, free);
  }
  return metrics;
}

async function freeOf(app: Application, site: string): Promise<number | null> {
  const opened = await openRegisteredSite(app, site).catch(() => null);
  if (!opened) return null;
  try {
    return await freeBytes(backupFolder(opened, 'SITE'));
  } finally {
    await opened.close();
  }
}

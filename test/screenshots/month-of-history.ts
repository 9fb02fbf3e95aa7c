import type { Application } from '#app/application.ts';

const days = 29;
/** Night by night, counted back from yesterday: what the pictures show besides nights that went well. */
const odd: Record<number, 'FAILED' | 'WARNINGS' | 'NOTHING'> = { 6: 'WARNINGS', 11: 'FAILED', 12: 'NOTHING', 21: 'WARNINGS' };

/**
 * For pictures alone: copies the last run of the schedule, and its snapshot, back over a month, so that a fresh server looks like one that has run for weeks.
 * The copies lie in the control database only; no snapshot of the vault belongs to them.
 */
export async function copyBackOverAMonth(app: Application, scheduleId: string): Promise<void> {
  for (let day = days; day >= 1; day--) {
    const kind = odd[day];
    if (kind === 'NOTHING') continue;
    await app.control.query(
      `INSERT INTO jobs (type, queue, site, vault, state, owner, realm, schedule_id, parameters, space_keys, created, started, finished, error_code,
         error_message, error_hint, snapshot_id, records_total, records_processed, records_persisted, bytes_processed, warnings, notified)
       SELECT type, queue, site, vault, CASE WHEN $3::text = 'FAILED' THEN 'FAILED' ELSE state END, owner, realm, schedule_id, parameters, space_keys,
         night.time, night.time, night.time + interval '260 seconds',
         CASE WHEN $3 = 'FAILED' THEN 'DATABASE_UNREACHABLE' END, CASE WHEN $3 = 'FAILED' THEN 'The database of the site does not answer.' END,
         CASE WHEN $3 = 'FAILED' THEN 'See whether it runs, and whether the network lets Oxbow through.' END, snapshot_id,
         records_total, records_processed, records_persisted, bytes_processed, CASE WHEN $3 = 'WARNINGS' THEN 3 ELSE 0 END, true
       FROM jobs, LATERAL (SELECT date_trunc('day', now()) - make_interval(days => $2::int - 1, hours => 22) AS time) night
       WHERE schedule_id = $1 AND type = 'snapshot' AND state = 'FINISHED' ORDER BY id LIMIT 1`,
      [scheduleId, day, kind ?? 'OK'],
    );
    if (kind === 'FAILED') continue;
    const share = day === days ? 1 : 0.012 + 0.02 * Math.abs(Math.sin(day * 1.7));
    await app.control.query(
      `INSERT INTO snapshots (vault, id, site, time, facts)
       SELECT vault, md5(id || $1::int), site, date_trunc('day', now()) - make_interval(days => $1::int - 1, hours => 22),
         jsonb_set(facts, '{statistics,storedBytes}', to_jsonb(round((facts->'statistics'->>'storedBytes')::numeric * $2::numeric))) ||
           jsonb_build_object('drills', '[]'::jsonb, 'id', md5(id || $1::int), 'time', date_trunc('day', now()) - make_interval(days => $1::int - 1, hours => 22))
       FROM snapshots ORDER BY time DESC LIMIT 1`,
      [day, share],
    );
  }
  // The first of all was the large one.
  await app.control.query(
    `UPDATE snapshots SET facts = jsonb_set(facts, '{statistics,storedBytes}', to_jsonb(round((facts->'statistics'->>'storedBytes')::numeric * 0.02)))
     WHERE time = (SELECT max(time) FROM snapshots)`,
  );
}

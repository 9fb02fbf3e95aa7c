import { applyRetention, type RetentionDecision, type RetentionPolicy } from '#vault/maintenance/retention.ts';
import type { SnapshotFacts } from './sync-snapshots.ts';

/** Which snapshots the rules keep, and why. Whole sites and each choice of spaces are counted apart. */
export function decideRetention(snapshots: readonly SnapshotFacts[], policy: RetentionPolicy): RetentionDecision[] {
  return applyRetention(snapshots.map(candidate), policy);
}

function candidate(snapshot: SnapshotFacts) {
  const { summary, id, time, tags } = snapshot;
  const scope = summary.scope === 'space' ? (summary.spaceKeys as string[]).join(',') : '';
  return { id, time, tags, protected: snapshot.protected, group: JSON.stringify([summary.site, summary.kind, scope]) };
}

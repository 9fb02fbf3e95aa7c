import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { ChunkReader } from '../chunks/chunk-reader.ts';
import { packKeyPath } from '../chunks/pack-format.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';
import type { Vault } from '../vault.ts';
import { checkConfig, checkKeys, checkLedger, checkMarks, checkSnapshots, noteStrangers } from './check-objects.ts';
import { type Damage, damageOf, nothingKnown } from './damage.ts';
import { type CheckNote, type CheckProblem, Findings } from './findings.ts';
import { type PackSurvey, surveyPacks } from './survey-packs.ts';

export type { CheckNote, CheckProblem } from './findings.ts';

export interface CheckOptions {
  /** Share of the packs to read and verify, 0 to 1. 0 checks structure only. */
  data: number;
  /** Chooses the packs: a number in [0, 1). */
  random: () => number;
}

export interface CheckReport {
  ok: boolean;
  /** Data that is lost or wrong: the first ten thousand. */
  problems: CheckProblem[];
  /** How many there are. */
  totalProblems: number;
  /** Oddities that cost nothing: leftovers of killed work, objects of others. */
  notes: CheckNote[];
  /** What the damage touches, by snapshot. */
  damage: Damage[];
  snapshots: number;
  packs: number;
  packsRead: number;
  chunks: number;
  bytes: number;
  bytesRead: number;
  seconds: number;
}

/** Verifies a vault, changing nothing: every object that should be there is there and says what was written. */
export async function checkVault(vault: Vault, options: CheckOptions, context: RunContext): Promise<CheckReport> {
  const started = context.now().getTime();
  const findings = new Findings();
  // Before the index is loaded: what a snapshot needs was in the index before it.
  const list = await listSnapshots(vault);
  const survey = await surveyPacks(vault, options, context);
  const isNew = survey.objects.length + survey.damagedObjects.length + survey.sizes.size === 0;
  const ledger = await checkLedger(vault, isNew, findings);
  await checkConfig(vault, ledger, findings);
  await checkKeys(vault, ledger, findings);
  reportSurvey(survey, findings);
  await checkSnapshots(vault, list, ledger, findings);
  const { snapshots } = list;
  await checkMarks(vault, findings);
  await noteStrangers(vault, findings);
  const reader = new ChunkReader({ store: vault.store, packKey: vault.keys.pack, index: survey.index });
  const damage: Damage[] = [];
  const known = nothingKnown();
  for (const [done, snapshot] of snapshots.entries()) {
    throwIfCancelled(context);
    context.progress({ phase: 'checking snapshots', done, total: snapshots.length, unit: 'steps' });
    const found = await damageOf(reader, snapshot, survey.lost, known);
    if (found) damage.push(found);
  }
  for (const [id, message] of known.missing) findings.add('CHUNK_MISSING', `chunk ${id}`, message);
  return {
    // Something that cannot be read only now, while walking, is damage too.
    ok: findings.total === 0 && damage.length === 0,
    problems: findings.problems,
    totalProblems: findings.total,
    notes: findings.notes,
    damage,
    snapshots: snapshots.length,
    packs: survey.sizes.size,
    packsRead: survey.read.packs,
    chunks: survey.index.count,
    bytes: [...survey.sizes.values()].reduce((sum, size) => sum + size, 0),
    bytesRead: survey.read.bytes,
    seconds: (context.now().getTime() - started) / 1000,
  };
}

function reportSurvey(survey: PackSurvey, findings: Findings): void {
  for (const { key } of survey.damagedObjects) findings.add('OBJECT_DAMAGED', key, 'an index object is damaged');
  for (const key of survey.missingObjects) findings.add('OBJECT_MISSING', key, 'an index object is missing');
  for (const [name, message] of survey.bad) {
    findings.add(survey.sizes.has(name) ? 'OBJECT_DAMAGED' : 'OBJECT_MISSING', packKeyPath(name), message);
  }
  for (const name of survey.orphans) {
    if (survey.bad.has(name)) continue;
    findings.note(packKeyPath(name), 'no index names this pack: work that goes on, or was killed, wrote it');
  }
}

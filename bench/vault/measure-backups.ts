import { type Bench, freshPair, inTurns, type Pair } from './bench-run.ts';
import { liveThroughNight } from './nights.ts';
import { mb, median, type Result, took, versus } from './results.ts';
import { folderBytes } from './sizes.ts';

/** The first backup, a few times into fresh vaults; the last ones stay. */
export async function measureFirst(bench: Bench, rounds: number): Promise<{ pair: Pair; snapshot: string; results: Result[] }> {
  const oxbow: number[] = [];
  const peer: number[] = [];
  let peak = 0;
  for (let round = 0; ; round++) {
    const pair = await freshPair(bench);
    const [ours, theirs] = await inTurns(
      round,
      () => pair.oxbow.backup(bench.wiki),
      () => pair.peer.backup(bench.wiki),
    );
    oxbow.push(ours.seconds);
    peer.push(theirs.seconds);
    peak = Math.max(peak, ours.peakMb);
    bench.note(
      `first backup: ${took(ours)}, ${ours.peakMb.toFixed(0)} MB; peer ${took(theirs)} (pg_dump ${theirs.dump.toFixed(1)}), ${theirs.peakMb.toFixed(0)} MB`,
    );
    if (round + 1 < rounds) continue;
    const results = [
      versus('first backup', median(oxbow), median(peer), 0.8),
      {
        what: 'highest memory of a backup',
        oxbow: `${peak.toFixed(0)} MB`,
        peer: `${theirs.peakMb.toFixed(0)} MB`,
        ratio: '',
        goal: '500 MB',
        reached: peak <= 500,
      },
    ];
    return { pair, snapshot: ours.report.snapshot.id, results };
  }
}

/** Nights of edits, each backed up by both. */
export async function measureNights(bench: Bench, pair: Pair, nights: number, share: number): Promise<Result[]> {
  const { wiki, server } = bench;
  const before = { oxbow: await folderBytes(pair.oxbow.folder), peer: await folderBytes(pair.peer.folder) };
  const oxbow: number[] = [];
  const peer: number[] = [];
  for (let night = 1; night <= nights; night++) {
    const lived = await liveThroughNight(server.withPassword(wiki.url), wiki.home, night, share);
    const [ours, theirs] = await inTurns(
      night,
      () => pair.oxbow.backup(wiki),
      () => pair.peer.backup(wiki),
    );
    oxbow.push(ours.seconds);
    peer.push(theirs.seconds);
    const { fullReason, rowsRead, filesRead, snapshot } = ours.report;
    if (fullReason) throw new Error(`A nightly backup read everything: ${fullReason}`);
    bench.note(
      `night ${night}: ${lived.edits} edits; ${took(ours)}, ${rowsRead} rows and ${filesRead} files read, +${mb(snapshot.statistics.storedBytes)}; peer ${took(theirs)}`,
    );
  }
  const after = { oxbow: await folderBytes(pair.oxbow.folder), peer: await folderBytes(pair.peer.folder) };
  const grown = { oxbow: after.oxbow - before.oxbow, peer: after.peer - before.peer };
  const times = after.oxbow / before.oxbow;
  return [
    versus(`a night with ${share * 100} % of the pages edited`, median(oxbow), median(peer), 0.2),
    {
      what: `size after ${nights} nights, first night`,
      oxbow: `${mb(after.oxbow)}, ${mb(before.oxbow)}`,
      peer: `${mb(after.peer)}, ${mb(before.peer)}`,
      ratio: `${times.toFixed(2)} of its first night`,
      goal: '1.3x',
      reached: times <= 1.3,
    },
    {
      what: `growth over ${nights} nights`,
      oxbow: mb(grown.oxbow),
      peer: mb(grown.peer),
      ratio: (grown.oxbow / grown.peer).toFixed(2),
      goal: '0.3x',
      reached: grown.oxbow <= grown.peer * 0.3,
    },
  ];
}

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bench, inTurns, type Pair } from './bench-run.ts';
import { mb, median, type Result, took, versus } from './results.ts';

/** All of the wiki into an empty database and an empty home. */
export async function measureRestore(bench: Bench, pair: Pair, rounds: number): Promise<Result[]> {
  const { server, folder } = bench;
  const oxbow: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const ours = { url: await server.database('restored'), home: join(folder, 'restored') };
    const theirs = { url: await server.database('restored_peer'), target: join(folder, 'restored-peer') };
    await server.admin('CHECKPOINT');
    const [a, b] = await inTurns(
      round,
      () => pair.oxbow.restore('latest', ours.url, ours.home),
      () => pair.peer.restore(theirs.url, theirs.target),
    );
    oxbow.push(a.seconds);
    peer.push(b.seconds);
    bench.note(`restore: ${took(a)}, ${a.peakMb.toFixed(0)} MB; peer ${took(b)} (restic ${b.files.toFixed(1)})`);
    for (const name of ['restored', 'restored_peer']) await server.drop(name);
    for (const path of [ours.home, theirs.target]) await rm(path, { recursive: true, force: true });
  }
  return [versus('restore of everything', median(oxbow), median(peer), 1)];
}

/** Reads and verifies every byte that is stored. */
export async function measureCheck(bench: Bench, pair: Pair, rounds: number): Promise<Result[]> {
  const oxbow: number[] = [];
  const peer: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const [a, b] = await inTurns(
      round,
      () => pair.oxbow.check(),
      () => pair.peer.check(),
    );
    if (!a.report.ok) throw new Error('oxbow check found damage');
    oxbow.push(a.seconds);
    peer.push(b.seconds);
    bytes = a.report.bytesRead;
    bench.note(`check: ${took(a)} of ${mb(bytes)}, ${a.peakMb.toFixed(0)} MB; peer ${took(b)}`);
  }
  const rate = bytes / median(oxbow) / 1e6;
  const timed = versus('check of every stored byte', median(oxbow), median(peer), 1);
  return [
    {
      ...timed,
      what: `${timed.what} (${mb(bytes)})`,
      oxbow: `${timed.oxbow}, ${rate.toFixed(0)} MB/s`,
      goal: '230 MB/s',
      reached: rate >= 230,
    },
  ];
}

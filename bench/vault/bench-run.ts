import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OxbowVault, ResticRepository } from './contenders.ts';
import { settle } from './run-timed.ts';
import type { BenchServer, ServerTools } from './server.ts';
import type { Wiki } from './wiki.ts';

/** What all measurements share. */
export interface Bench {
  server: BenchServer;
  tools: ServerTools;
  folder: string;
  wiki: Wiki;
  note: (text: string) => void;
}

export interface Pair {
  oxbow: OxbowVault;
  peer: ResticRepository;
}

/** A fresh vault and a fresh repository, both on the same disk. */
export async function freshPair({ folder, server, tools }: Bench): Promise<Pair> {
  const pair = { oxbow: new OxbowVault(folder, server), peer: new ResticRepository(folder, server, tools) };
  for (const name of ['vault', 'restic', 'restic-cache', 'dump']) await rm(join(folder, name), { recursive: true, force: true });
  await pair.oxbow.init();
  await pair.peer.init();
  return pair;
}

/** Both sides in turns: who goes first changes with each round. */
export async function inTurns<A, B>(round: number, oxbow: () => Promise<A>, peer: () => Promise<B>): Promise<[A, B]> {
  await settle();
  if (round % 2 === 0) {
    const a = await oxbow();
    await settle();
    return [a, await peer()];
  }
  const b = await peer();
  await settle();
  return [await oxbow(), b];
}

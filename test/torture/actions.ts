import type { Killer } from './attempt.ts';
import { backUp, importXml } from './backup-actions.ts';
import { copyAway, exportOut } from './copy-actions.ts';
import { addAndRemoveKey, changePassphrase } from './key-actions.ts';
import { forgetAndPrune, pruneOnly, tagSome, together } from './prune-actions.ts';
import { restoreSome, restoreSpace } from './restore-actions.ts';
import type { World } from './world.ts';

/** One kind of round: does something and is killed, verifies, does it again and verifies. Gives a line for people. */
export interface Action {
  name: string;
  weight: number;
  run(world: World, killer: Killer): Promise<string>;
}

export const actions: Action[] = [
  { name: 'backup', weight: 6, run: (world, killer) => backUp(world, killer, false) },
  { name: 'full backup', weight: 2, run: (world, killer) => backUp(world, killer, true) },
  { name: 'prune', weight: 2, run: pruneOnly },
  { name: 'forget', weight: 4, run: forgetAndPrune },
  { name: 'restore', weight: 5, run: restoreSome },
  { name: 'restore space', weight: 1, run: restoreSpace },
  { name: 'together', weight: 3, run: together },
  { name: 'key change', weight: 1, run: changePassphrase },
  { name: 'key add', weight: 1, run: addAndRemoveKey },
  { name: 'import', weight: 1, run: importXml },
  { name: 'export', weight: 1, run: exportOut },
  { name: 'copy', weight: 1, run: copyAway },
  { name: 'tag', weight: 1, run: tagSome },
];

import type { Maintenance } from '../maintenance/maintain-lease.ts';
import { deleteUnlessLocked } from '../maintenance/rewrite-index.ts';
import { getOrNull } from '../spares.ts';

export interface RepairAction {
  /** Key of the store, or what a person calls it. */
  object: string;
  /** What was done about it (a dry run: what would be). */
  message: string;
}

/** How many actions are named. */
const namedAtMost = 10_000;
export const asidePrefix = 'aside/';

/** A repair under way. Whatever it does, it names; in a dry run it only names. */
export class Repair {
  readonly maintenance: Maintenance;
  readonly dryRun: boolean;
  readonly actions: RepairAction[] = [];
  totalActions = 0;

  constructor(maintenance: Maintenance, dryRun: boolean) {
    this.maintenance = maintenance;
    this.dryRun = dryRun;
  }

  get vault(): Maintenance['vault'] {
    return this.maintenance.vault;
  }

  /** Names an action, then does it unless this is a dry run. */
  async act(object: string, message: string, work?: () => Promise<unknown>): Promise<void> {
    this.totalActions++;
    if (this.actions.length < namedAtMost) this.actions.push({ object, message });
    if (!this.dryRun) await work?.();
  }

  /** Moves an object that cannot be read out of sight, below aside/: whoever knows more than we do finds it there. */
  async setAside(key: string, message: string): Promise<void> {
    await this.act(key, message, async () => {
      const bytes = await getOrNull(this.vault.store, key);
      if (bytes) await this.vault.store.put(`${asidePrefix}${key}`, bytes);
      if (!(await deleteUnlessLocked(this.vault, key)))
        await this.act(key, 'the store keeps it locked: it stays in sight until then');
    });
  }
}

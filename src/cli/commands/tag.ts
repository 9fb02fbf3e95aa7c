import type { Command } from 'commander';
import type { VaultChoice } from '#app/open-vault.ts';
import { markSnapshot } from '#vault/maintenance/forget.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { shortId } from '#vault/snapshots/snapshot.ts';
import { command } from '../command-context.ts';
import { withVault, withVaultOptions } from '../vault-options.ts';

/** oxbow tag SNAPSHOT TAG..., oxbow protect SNAPSHOT */
export function addTag(program: Command): void {
  withVaultOptions(program.command('tag <snapshot> <tags...>'))
    .description('add tags to a snapshot, or take them away')
    .option('--remove', 'take them away')
    .action(
      command(async (run, name: string, tags: string[], options: VaultChoice & { remove?: boolean }) => {
        const { id, marks } = await withVault(run, options, async (vault) => {
          const snapshot = await findSnapshot(vault, name);
          const marks = await markSnapshot(vault, snapshot, (now) => {
            const others = now.tags.filter((tag) => !tags.includes(tag));
            return { ...now, tags: options.remove ? others : [...others, ...new Set(tags)] };
          });
          return { id: snapshot.id, marks };
        });
        run.print(
          { snapshot: id, ...marks },
          `${shortId(id)} has ${marks.tags.length > 0 ? `the tags ${marks.tags.join(', ')}` : 'no tags'}.`,
        );
        return 0;
      }),
    );
  withVaultOptions(program.command('protect <snapshot>'))
    .description('keep a snapshot from being forgotten, by anybody and by any retention')
    .option('--off', 'lift the protection')
    .action(
      command(async (run, name: string, options: VaultChoice & { off?: boolean }) => {
        const { id, marks } = await withVault(run, options, async (vault) => {
          const snapshot = await findSnapshot(vault, name);
          return {
            id: snapshot.id,
            marks: await markSnapshot(vault, snapshot, (now) => ({ ...now, protected: options.off !== true })),
          };
        });
        run.print({ snapshot: id, ...marks }, `${shortId(id)} is ${marks.protected ? 'protected' : 'not protected any more'}.`);
        return 0;
      }),
    );
}

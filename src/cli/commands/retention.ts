import type { Command } from 'commander';
import type { VaultChoice } from '#app/open-vault.ts';
import { decideRetention } from '#app/vaults/retention-decisions.ts';
import { forgetSnapshots } from '#vault/maintenance/forget.ts';
import type { RetentionPolicy } from '#vault/maintenance/retention.ts';
import { listSnapshots } from '#vault/snapshots/list-snapshots.ts';
import { command } from '../command-context.ts';
import { collect } from '../site-options.ts';
import { parseCount, withVault, withVaultOptions } from '../vault-options.ts';
import { snapshotLine } from '../vault-text.ts';

interface Options extends VaultChoice {
  keepLast?: number;
  keepHourly?: number;
  keepDaily?: number;
  keepWeekly?: number;
  keepMonthly?: number;
  keepYearly?: number;
  keepTag?: string[];
  of?: string;
  dryRun?: boolean;
}

/** oxbow retention --keep-last N ... */
export function addRetention(program: Command): void {
  const retention = withVaultOptions(program.command('retention')).description(
    'forget all snapshots but those that the rules keep; of each site and scope on its own',
  );
  for (const period of ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly']) {
    const which =
      period === 'last'
        ? 'the newest so many'
        : `the newest of each of the last so many ${{ hourly: 'hours', daily: 'days', weekly: 'weeks', monthly: 'months', yearly: 'years' }[period]}`;
    retention.option(`--keep-${period} <number>`, `keep ${which}`, parseCount);
  }
  retention
    .option('--keep-tag <tag>', 'keep those with one of these tags (repeatable)', collect)
    .option('--of <site>', 'only snapshots of this site')
    .option('--dry-run', 'only say what would stay and go, and why')
    .action(
      command(async (run, options: Options) => {
        const result = await withVault(run, options, async (vault) => {
          const { snapshots } = await listSnapshots(vault);
          const wanted = snapshots.filter((one) => !options.of || one.summary.site === options.of);
          const decisions = decideRetention(wanted, policyOf(options));
          const gone = wanted.filter((one) => decisions.some((decision) => decision.id === one.id && !decision.keep));
          if (!options.dryRun && gone.length > 0) await forgetSnapshots(vault, gone);
          return { wanted, decisions, gone };
        });
        const reasons = new Map(result.decisions.map((decision) => [decision.id, decision.reasons.join(', ')]));
        const verb = options.dryRun ? 'would go' : 'forgotten';
        const lines = result.wanted.map(
          (one) => `${snapshotLine(one)}  ${reasons.get(one.id) ? `stays: ${reasons.get(one.id)}` : verb}`,
        );
        lines.push(`${result.wanted.length - result.gone.length} stay, ${result.gone.length} ${verb}.`);
        run.print({ dryRun: options.dryRun === true, decisions: result.decisions }, lines.join('\n'));
        return 0;
      }),
    );
}

function policyOf(options: Options): RetentionPolicy {
  return {
    last: options.keepLast ?? 0,
    hourly: options.keepHourly ?? 0,
    daily: options.keepDaily ?? 0,
    weekly: options.keepWeekly ?? 0,
    monthly: options.keepMonthly ?? 0,
    yearly: options.keepYearly ?? 0,
    tags: options.keepTag ?? [],
  };
}

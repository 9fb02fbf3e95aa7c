import { OxbowError } from '#base/errors.ts';
import { noteCheck } from '#control/sites/known-snapshots.ts';
import { drillSnapshot } from '#flows/drill/drill-snapshot.ts';
import { locateDamage } from '#flows/inspect/locate-damage.ts';
import { checkVault } from '#vault/maintenance/check.ts';
import { copySnapshots } from '#vault/maintenance/copy-snapshots.ts';
import { forgetSnapshots } from '#vault/maintenance/forget.ts';
import { prune } from '#vault/maintenance/prune.ts';
import { repairVault } from '#vault/maintenance/repair.ts';
import { openReader } from '#vault/read-session.ts';
import { findSnapshot, listSnapshots } from '#vault/snapshots/list-snapshots.ts';
import type { Vault } from '#vault/vault.ts';
import { makeDrillSandbox } from '../drill-sandbox.ts';
import type { VaultRequest } from '../jobs/job-request.ts';
import { withRegisteredVault } from '../vaults/registered-vaults.ts';
import { decideRetention } from '../vaults/retention-decisions.ts';
import { syncSnapshots } from '../vaults/sync-snapshots.ts';
import type { JobEnd, JobRun } from './job-run.ts';

type VaultRun = JobRun<VaultRequest>;

/** Work on a vault, which touches no site. */
export async function runVaultJob(run: VaultRun): Promise<JobEnd> {
  return await withRegisteredVault(run.app, run.request.vault, async (vault) => {
    const end = await work[run.request.type](run, vault);
    await syncSnapshots(run.app, run.request.vault, vault);
    return end;
  });
}

const work: Record<VaultRequest['type'], (run: VaultRun, vault: Vault) => Promise<JobEnd>> = {
  async check({ app, request, context }, vault) {
    const percent = request.dataPercent ?? 0;
    const report = await checkVault(vault, { data: percent / 100, random: Math.random }, context);
    const touched = report.damage.length > 0 ? await locateDamage(vault, await openReader(vault), report.damage) : [];
    await noteCheck(app.control, request.vault, { time: app.now(), ok: report.ok, percent });
    const end = { result: { ...report, touched } };
    if (report.ok) return end;
    const message = `The vault has problems: ${report.problems.length} named, ${report.damage.length} snapshots damaged.`;
    return { ...end, problems: { code: 'PROBLEMS_FOUND', message, hint: 'Repair the vault, if you can from a second one.' } };
  },

  async repair({ app, request, context }, vault) {
    const from = request.otherVault;
    const repair = (second?: Vault) =>
      repairVault(
        vault,
        { dryRun: request.dryRun === true, keepSnapshots: request.keepSnapshots === true, ...(second ? { from: second } : {}) },
        context,
      );
    const report = from ? await withRegisteredVault(app, from, repair) : await repair();
    return { result: report };
  },

  async prune({ request, context }, vault) {
    return { result: await prune(vault, { dryRun: request.dryRun === true }, context) };
  },

  async retention({ request }, vault) {
    if (!request.rules)
      throw new OxbowError('RETENTION_RULES_MISSING', 'No rules of retention are given.', { hint: 'Say what to keep.' });
    const { snapshots } = await listSnapshots(vault);
    const wanted = snapshots.filter(({ summary }) => !request.site || summary.site === request.site);
    const decisions = decideRetention(wanted, request.rules);
    const gone = wanted.filter(({ id }) => decisions.some((one) => one.id === id && !one.keep));
    if (!request.dryRun && gone.length > 0) await forgetSnapshots(vault, gone);
    return { result: { decisions, forgotten: request.dryRun ? 0 : gone.length } };
  },

  async drill({ app, request, context }, vault) {
    const snapshot = await findSnapshot(vault, request.snapshot ?? 'latest');
    const report = await drillSnapshot(
      vault,
      snapshot,
      (of) => makeDrillSandbox(app.data, app.now(), of),
      { duration: words },
      context,
    );
    const end = {
      result: { ...report, warnings: report.warnings.map(({ code, count }) => ({ code, count })) },
      records: { total: report.rows, processed: report.rows },
      bytesProcessed: report.fileBytes,
      snapshotId: snapshot.id,
    };
    if (report.ok) return end;
    return { ...end, problems: { code: 'DRILL_FAILED', message: report.result, hint: 'Check the vault with all of its data.' } };
  },

  async copy({ app, request, context }, vault) {
    if (!request.otherVault)
      throw new OxbowError('VAULT_NOT_NAMED', 'No second vault is named.', { hint: 'Say where to copy to.' });
    const snapshots = request.snapshot ? [await findSnapshot(vault, request.snapshot)] : (await listSnapshots(vault)).snapshots;
    return await withRegisteredVault(app, request.otherVault, async (to) => {
      const report = await copySnapshots(vault, to, snapshots, context);
      await syncSnapshots(app, request.otherVault!, to);
      if (report.failed.length === 0) return { result: report };
      const message = `${report.failed.length} of ${snapshots.length} snapshots could not be copied.`;
      return { result: report, problems: { code: 'PROBLEMS_FOUND', message, hint: 'Check the vault that was copied from.' } };
    });
  },
};

function words(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

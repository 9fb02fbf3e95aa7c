import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { makeDrillSandbox } from '#app/drill-sandbox.ts';
import { sizeOf } from '#app/file-size.ts';
import { makeVault, openChosenVault } from '#app/open-vault.ts';
import { isOxbowError } from '#base/errors.ts';
import { backupSite } from '#flows/backup/backup-site.ts';
import { drillSnapshot } from '#flows/drill/drill-snapshot.ts';
import { exportSnapshot } from '#flows/export/export-snapshot.ts';
import { generateBackup } from '#flows/generate/generate-site.ts';
import { inspectBackup } from '#flows/inspect/inspect-backup.ts';
import { restoreBackup } from '#flows/restore/restore-backup.ts';
import { createSandbox, listSandboxes, openSandbox } from '#sites/live/sandbox/sandbox.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { shortId } from '#vault/snapshots/snapshot.ts';
import type { Vault } from '#vault/vault.ts';
import { command } from '../command-context.ts';
import { inspectText } from '../inspect-text.ts';
import { bytes, duration } from '../terminal-progress.ts';

/** Not that of a server, whose sample may be at work in the same data folder. */
const name = 'tour';

/** Of a vault that holds nothing but a sample: it may stand in the open. */
const passphrase = 'a river leaves a bend';

/** oxbow demo: the whole way once, on a sample site: sandbox, restore, vault, backup, drill, export. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'the guided tour: a sandbox with a sample site, a vault, two backups, a drill, and an XML backup out of the vault',
    )
    .action(
      command(async (run) => {
        const { context, data } = run;
        const say = (text: string) => {
          if (!run.json) process.stdout.write(`${text}\n`);
        };
        const folder = join(data, 'demo');
        await mkdir(folder, { recursive: true });
        const sample = join(folder, 'sample.zip');
        const result = join(folder, 'demo-backup.zip');
        const vault = join(folder, 'vault');

        say('1. Making a sample backup, as Confluence 8.5 writes it');
        const generated = await generateBackup(
          { pages: 120, spaces: 3, personalSpaces: 1, users: 25 },
          sample,
          'current',
          context,
        );
        say(`   ${sample}: ${generated.pages} pages, ${generated.attachments} attachment files, ${bytes(await sizeOf(sample))}`);

        say(`2. Opening the sandbox '${name}': a Confluence database on the embedded PostgreSQL`);
        if (!(await listSandboxes(data)).includes(name)) await createSandbox(data, name, { now: context.now(), env: run.env });
        const site = await openSandbox(data, name, { env: run.env });
        try {
          say('3. Restoring the sample backup into it, all or nothing');
          const restored = await restoreBackup(sample, site, {}, context);
          say(
            `   ${restored.records.persisted.toLocaleString('en')} records and ${restored.attachments.files} files in ${duration(restored.seconds)}`,
          );

          say('4. Backing the site up into a vault: incremental, deduplicated, encrypted');
          const opened = await openDemoVault(vault, context.now);
          try {
            for (const tags of [['first'], ['nightly']]) {
              const { snapshot, rowsRead, filesRead, seconds } = await backupSite(site, opened, { tags }, context);
              const { rows, files, storedBytes } = snapshot.statistics;
              say(
                `   snapshot ${shortId(snapshot.id)}: ${rows.toLocaleString('en')} rows and ${files} files, of which ${rowsRead.toLocaleString('en')} and ${filesRead} were read, ${bytes(storedBytes)} stored, in ${duration(seconds)}`,
              );
            }

            say('5. Proving that the snapshot restores: into a throw-away sandbox, everything compared');
            const latest = await findSnapshot(opened, 'latest');
            const drill = await drillSnapshot(
              opened,
              latest,
              (of) => makeDrillSandbox(data, context.now(), of),
              { duration },
              context,
            );
            say(`   ${drill.result}`);

            say('6. Writing an XML backup of the snapshot, without touching the site');
            const exported = await exportSnapshot(opened, latest, result, {}, context, sizeOf);
            say(
              `   ${result}: ${exported.objects.toLocaleString('en')} objects, ${bytes(exported.bytes)}, in ${duration(exported.seconds)}`,
            );
          } finally {
            await opened.store.close();
          }
        } finally {
          await site.close();
        }

        say('7. What is in it\n');
        const report = await inspectBackup(result, {}, context);
        run.print(
          report,
          `${inspectText(report)}\n\nThe vault of this tour: ${vault} (OXBOW_PASSPHRASE='${passphrase}')\n  npx oxbow snapshots --vault ${vault}\nNow try it on your own backup, or site (README.md):\n  npx oxbow inspect BACKUP.zip\n  npx oxbow restore BACKUP.zip --site ${name} --dry-run --accept-version`,
        );
        return 0;
      }),
    );
}

async function openDemoVault(path: string, now: () => Date): Promise<Vault> {
  const around = { env: { OXBOW_PASSPHRASE: passphrase }, now, prompt: null };
  try {
    return await openChosenVault({ vault: path }, around);
  } catch (error) {
    if (!isOxbowError(error, 'VAULT_NOT_FOUND') && !isOxbowError(error, 'STORE_REFUSED')) throw error;
    return await makeVault({ vault: path }, { label: 'demo' }, around);
  }
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { sizeOf } from '#app/file-size.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { generateBackup } from '#flows/generate/generate-site.ts';
import { inspectBackup } from '#flows/inspect/inspect-backup.ts';
import { restoreBackup } from '#flows/restore/restore-backup.ts';
import { createSandbox, listSandboxes, openSandbox } from '#sites/live/sandbox/sandbox.ts';
import { command } from '../command-context.ts';
import { inspectText } from '../inspect-text.ts';
import { bytes, duration } from '../terminal-progress.ts';

const name = 'demo';

/** oxbow demo: the whole way once, on a sample site: sandbox, restore, backup, and what is in it. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'the guided tour: create a sandbox, restore a sample backup into it, back it up again, show what is in the result',
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

          say('4. Backing the site up');
          const exported = await exportBackup(site, result, {}, context, sizeOf);
          say(
            `   ${result}: ${exported.objects.toLocaleString('en')} objects, ${bytes(exported.bytes)}, in ${duration(exported.seconds)}`,
          );
        } finally {
          await site.close();
        }

        say('5. What is in the backup\n');
        const report = await inspectBackup(result, {}, context);
        run.print(
          report,
          `${inspectText(report)}\n\nNow try it on your own backup:\n  npx oxbow inspect BACKUP.zip\n  npx oxbow restore BACKUP.zip --site ${name} --dry-run --accept-version`,
        );
        return 0;
      }),
    );
}

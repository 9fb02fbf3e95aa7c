import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { sizeOf } from '#app/file-size.ts';
import { openSite, type SiteChoice } from '#app/open-site.ts';
import { OxbowError } from '#base/errors.ts';
import { generateBackup, generateLiveSite } from '#flows/generate/generate-site.ts';
import type { GeneratedSiteOptions } from '#sites/generated/site-options.ts';
import { command } from '../command-context.ts';
import { withSiteOptions } from '../site-options.ts';
import { bytes, duration } from '../terminal-progress.ts';

interface Options extends SiteChoice, Partial<GeneratedSiteOptions> {
  output?: string;
  dialect: 'current' | 'legacy';
}

/** oxbow generate --output FILE.zip | --site NAME */
export function addGenerate(program: Command): void {
  const generate = withSiteOptions(program.command('generate'))
    .description('make a realistic site of any size for tests and benchmarks: as an XML backup, or in the place of a live site')
    .option('--output <file.zip>', 'write an XML backup')
    .addOption(
      new Option('--dialect <dialect>', 'current: Data Center 8.3 and later; legacy: up to 8.2')
        .choices(['current', 'legacy'])
        .default('current'),
    )
    .requiredOption('--pages <n>', 'number of pages', wholeNumber);
  for (const [flag, text] of [
    ['--spaces <n>', 'number of spaces'],
    ['--personal-spaces <n>', 'number of personal spaces'],
    ['--users <n>', 'number of users'],
    ['--groups <n>', 'number of groups'],
    ['--attachments <n>', 'number of attachments'],
    ['--attachment-bytes <n>', 'bytes of all attachment files together'],
    ['--seed <n>', 'another site of the same size'],
  ]) {
    generate.option(flag, text, wholeNumber);
  }
  generate
    .option('--history <mean>', 'historical versions of a page', Number)
    .option('--comments <mean>', 'comments of a page', Number)
    .action(
      command(async (run, options: Options) => {
        const { output, dialect, site, database, home, ...rest } = options;
        const wanted = rest as GeneratedSiteOptions;
        if ((output === undefined) === (site === undefined && database === undefined)) {
          throw new OxbowError('GENERATE_TARGET', 'Either --output or --site says where the generated site goes.', {
            hint: 'Give one of the two.',
          });
        }
        if (output !== undefined) {
          const path = resolve(output);
          const report = await generateBackup(wanted, path, dialect, run.context);
          const size = await sizeOf(path);
          run.print({ ...report, bytes: size }, `${sentence(report)} in ${path} (${bytes(size)})`);
          return 0;
        }
        const opened = await openSite(run.data, { site, database, home, onlySandbox: true }, run.env);
        try {
          const report = await generateLiveSite(wanted, opened.site, run.context);
          run.print(report, `${sentence(report)} in '${report.target}'`);
        } finally {
          await opened.close();
        }
        return 0;
      }),
    );
}

function sentence(report: { pages: number; spaces: number; rows: number; attachments: number; seconds: number }): string {
  const n = (value: number) => value.toLocaleString('en');
  return `${n(report.pages)} pages in ${n(report.spaces)} spaces, ${n(report.rows)} rows, ${n(report.attachments)} attachment files, made in ${duration(report.seconds)}`;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new OxbowError('GENERATE_OPTION_INVALID', `'${text}' is not a whole number.`);
  return value;
}

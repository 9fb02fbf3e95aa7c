import type { Command } from 'commander';
import { dataFolder, openWorkFolder } from '#app/data-folder.ts';
import { OxbowError } from '#base/errors.ts';
import type { RunContext, Warning } from '#base/run-context.ts';
import { exitCodeOf } from './exit-codes.ts';
import { TerminalProgress } from './terminal-progress.ts';

export interface GlobalOptions {
  json?: boolean;
  data?: string;
  quiet?: boolean;
}

export interface CommandRun {
  data: string;
  json: boolean;
  env: NodeJS.ProcessEnv;
  context: RunContext;
  /** Writes the result: one JSON object with --json, else the text. */
  print(result: unknown, text: string): void;
}

/** Runs the action of a command: data folder, progress, Ctrl-C, result, errors and exit code are the same for all. */
export function command(action: (run: CommandRun, ...args: never[]) => Promise<number | undefined>) {
  return async (...args: unknown[]): Promise<void> => {
    const program = args.at(-1) as Command;
    const options = program.optsWithGlobals() as GlobalOptions;
    const json = options.json === true;
    const progress = new TerminalProgress(process.stderr, !json && !options.quiet);
    const abort = new AbortController();
    const stop = watchSignals(abort, progress);
    let work: Awaited<ReturnType<typeof openWorkFolder>> | null = null;
    try {
      const data = dataFolder(options.data, process.env);
      work = await openWorkFolder(data);
      const context: RunContext = {
        signal: abort.signal,
        now: () => new Date(),
        workFolder: work.path,
        warn: (_warning: Warning) => {},
        progress: progress.update,
      };
      const run: CommandRun = {
        data,
        json,
        env: process.env,
        context,
        print: (result, text) => {
          progress.clear();
          process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `${text.trimEnd()}\n`);
        },
      };
      process.exitCode = (await action(run, ...(args as never[]))) ?? 0;
    } catch (error) {
      progress.clear();
      printError(error, json);
      process.exitCode = exitCodeOf(error);
    } finally {
      stop();
      await work?.remove();
    }
  };
}

/** The first Ctrl-C cancels and cleans up; a second one ends the process at once. */
function watchSignals(abort: AbortController, progress: TerminalProgress): () => void {
  let seen = 0;
  const onSignal = () => {
    if (++seen > 1) process.exit(130);
    progress.clear();
    process.stderr.write('Cancelling, please wait ...\n');
    abort.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

/** An error for people on stderr, or as one JSON object on stdout. Never a stack trace, unless OXBOW_DEBUG asks for it. */
export function printError(error: unknown, json: boolean): void {
  const known = error instanceof OxbowError;
  const code = known ? error.code : 'DEFECT';
  const message = known ? error.message : `A defect of Oxbow: ${(error as Error)?.message ?? String(error)}`;
  const hint = known ? error.hint : 'Please report it, with the output of the same command under OXBOW_DEBUG=1.';
  if (json)
    process.stdout.write(
      `${JSON.stringify({ error: { code, message, hint, details: known ? error.details : undefined } }, null, 2)}\n`,
    );
  else process.stderr.write(`Error ${code}: ${message}\n${hint ? `${hint}\n` : ''}`);
  if (process.env.OXBOW_DEBUG)
    process.stderr.write(`${(error as Error)?.stack ?? ''}\n${((error as Error)?.cause as Error)?.stack ?? ''}\n`);
}

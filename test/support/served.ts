import type { CliRun } from './cli.ts';
import { startCliWith } from './cli.ts';

/** A real `oxbow serve` of a fresh data folder, with its sample site and the administrator of its first start. */
export interface Served {
  run: CliRun;
  base: string;
  name: string;
  password: string;
  site: string;
  /** Asks it to stop, and waits for its end. */
  stop(): Promise<void>;
}

/** Starts the server as people do and waits until it is ready. */
export async function serve(data: string, environment: Record<string, string> = {}): Promise<Served> {
  const run = startCliWith(environment, data, 'serve', '--listen', '127.0.0.1:0');
  let said = '';
  const ready = new Promise<void>((resolve, reject) => {
    run.child.stdout!.on('data', (text: string) => {
      said += text;
      if (/Oxbow is ready at [^\n]*\n/.test(said)) resolve();
    });
    run.ended.then(({ code, stderr }) => reject(new Error(`serve ended with ${code}: ${stderr}`)), reject);
  });
  await ready;
  const found = (pattern: RegExp) => pattern.exec(said)?.[1] ?? '';
  return {
    run,
    base: found(/ready at (\S+)/),
    name: found(/Sign in as (\S+)/),
    password: found(/with the password (\S+)/),
    site: found(/The sample site is "([^"]+)"/),
    async stop() {
      run.child.kill('SIGINT');
      await run.ended;
    },
  };
}

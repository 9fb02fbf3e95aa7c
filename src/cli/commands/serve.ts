import type { Command } from 'commander';
import { createBootstrapAdministrator } from '#app/access/credentials.ts';
import type { ServerConfig } from '#app/config/server-config.ts';
import { type FirstStart, prepareSample } from '#app/first-start.ts';
import { startNotifier } from '#app/notifications/notifier.ts';
import { openApplication } from '#app/open-application.ts';
import { startConfigurationKeeper } from '#app/rebuild/keep-configuration.ts';
import { startScheduler } from '#app/schedules/scheduler.ts';
import { startDispatcher } from '#app/work/dispatcher.ts';
import { startJanitor } from '#app/work/janitor.ts';
import { startUpgradeWatch } from '#app/work/upgrade-watch.ts';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { jsonLog } from '#base/log.ts';
import { buildServer } from '#server/http/build-server.ts';
import { command } from '../command-context.ts';

interface Options {
  config?: string;
  listen?: string;
  sample: boolean;
}

/** How long jobs that run may go on after the server was told to stop. */
const graceMs = 20_000;

/** oxbow serve */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('the server: jobs, schedules, Confluence\u2019s REST API and our own; on the first start with a sample site')
    .option('--config <file>', 'its configuration (default: $OXBOW_CONFIG, or none)')
    .option('--listen <host:port>', 'where to listen (default: 127.0.0.1:8090)')
    .option('--no-sample', 'no sample site on the first start')
    .action(
      command(async (run, options: Options) => {
        const env = { ...run.env, ...(options.listen ? { OXBOW_LISTEN: options.listen } : {}) };
        const say = (text: string) => process.stdout.write(`${text}\n`);
        const log = jsonLog((line) => process.stderr.write(line), run.context.now);
        const app = await openApplication({
          data: run.data,
          configFile: options.config,
          env,
          now: run.context.now,
          log,
          holdSandboxes: true,
        });
        const closers: (() => unknown)[] = [() => app.close()];
        try {
          // What is shown this once is shown at once: whatever fails afterwards, it was told.
          if (options.sample) await prepareSample(app, say, (made) => say(sampleText(made)), run.context);
          // Before the port is open: at no moment is there a server that belongs to nobody.
          const administrator = await createBootstrapAdministrator(app);
          if (administrator)
            say(`Sign in as ${administrator.name} with the password ${administrator.password} (it is shown this once).`);
          const dispatcher = await startDispatcher(app);
          closers.push(() => dispatcher.stop(graceMs));
          const server = await buildServer(app, dispatcher);
          closers.push(() => server.close());
          closers.push(startJanitor(app), startUpgradeWatch(app), startScheduler(app), startNotifier(app));
          closers.push(startConfigurationKeeper(app));
          say(`Oxbow is ready at ${await listen(server, app.config)}`);
          await stopped(run.context.signal);
          log.info({}, 'stopping');
        } finally {
          for (const close of closers.toReversed()) {
            try {
              await close();
            } catch (error) {
              log.warn({ reason: (error as Error).message }, 'something could not be closed');
            }
          }
        }
        return 0;
      }),
    );
}

function sampleText({ site, vaultFolder, passphrase }: FirstStart): string {
  return [
    `The sample site is "${site}"; its vault lies in ${vaultFolder}.`,
    `Passphrase of the vault (keep it elsewhere, it is shown this once): ${passphrase}`,
  ].join('\n');
}

/** Gives the address to tell people. Errors: LISTEN_FAILED. */
async function listen(
  server: Awaited<ReturnType<typeof buildServer>>,
  { listen: where, baseUrl, tls }: ServerConfig,
): Promise<string> {
  try {
    await server.listen({ host: where.host, port: where.port });
  } catch (error) {
    const code = systemErrorCode(error);
    const reason = code === 'EADDRINUSE' ? 'another program listens there' : (code ?? (error as Error).message);
    throw new OxbowError('LISTEN_FAILED', `The server cannot listen on ${where.host}:${where.port}: ${reason}.`, {
      hint: 'Choose another address with --listen or OXBOW_LISTEN, or stop what is there.',
      cause: error,
    });
  }
  if (where.port !== 0) return baseUrl;
  const address = server.addresses()[0];
  return `${tls ? 'https' : 'http'}://127.0.0.1:${typeof address === 'object' ? address.port : 0}`;
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import type { Command } from 'commander';
import { createBootstrapAdministrator } from '#app/access/credentials.ts';
import { prepareSample } from '#app/first-start.ts';
import { startNotifier } from '#app/notifications/notifier.ts';
import { openApplication } from '#app/open-application.ts';
import { startConfigurationKeeper } from '#app/rebuild/keep-configuration.ts';
import { startScheduler } from '#app/schedules/scheduler.ts';
import { startDispatcher } from '#app/work/dispatcher.ts';
import { startJanitor } from '#app/work/janitor.ts';
import { startUpgradeWatch } from '#app/work/upgrade-watch.ts';
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
        try {
          const sample = options.sample ? await prepareSample(app, say, run.context) : null;
          // Before the port is open: at no moment is there a server that belongs to nobody.
          const administrator = await createBootstrapAdministrator(app);
          const dispatcher = await startDispatcher(app);
          const stops = [
            startJanitor(app),
            startUpgradeWatch(app),
            startScheduler(app),
            startNotifier(app),
            startConfigurationKeeper(app),
          ];
          const server = await buildServer(app, dispatcher);
          try {
            await server.listen({ host: app.config.listen.host, port: app.config.listen.port });
            const address = server.addresses()[0];
            const port = typeof address === 'object' ? address.port : app.config.listen.port;
            say(`Oxbow is ready at ${app.config.listen.port === 0 ? `http://127.0.0.1:${port}` : app.config.baseUrl}`);
            if (administrator)
              say(`Sign in as ${administrator.name} with the password ${administrator.password} (it is shown this once).`);
            if (sample) {
              say(`The sample site is "${sample.site}"; its vault lies in ${sample.vaultFolder}.`);
              say(`Passphrase of the vault (keep it elsewhere, it is shown this once): ${sample.passphrase}`);
            }
            await stopped(run.context.signal);
            log.info({}, 'stopping');
          } finally {
            for (const stop of stops) stop();
            await server.close();
            await dispatcher.stop(graceMs);
          }
        } finally {
          await app.close();
        }
        return 0;
      }),
    );
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

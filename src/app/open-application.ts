import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '#base/log.ts';
import { ControlDatabase, type ControlOptions } from '#control/control-database.ts';
import { EmbeddedPostgres } from '#sites/live/sandbox/embedded-postgres.ts';
import type { Application, Environment } from './application.ts';
import { readServerConfig } from './config/read-server-config.ts';
import { type SecretBox, secretBox } from './secret-box.ts';
import { mustBeTheKey, serverKey } from './server-key.ts';
import { HeldSandboxes } from './sites/held-sandboxes.ts';

export interface ApplicationSource {
  data: string;
  configFile?: string | undefined;
  env: Environment;
  now: () => Date;
  log: Log;
  control?: ControlOptions;
  /** Keep sandboxes open once they were needed: for processes that live long. */
  holdSandboxes?: boolean;
}

export interface OpenApplication extends Application {
  configFile: string | undefined;
  close(): Promise<void>;
}

/**
 * Reads the configuration and opens the control database, the embedded one unless another is configured. Several processes may have it open.
 * Errors: those of readServerConfig, serverKey, ControlDatabase.open and EmbeddedPostgres.open.
 */
export async function openApplication(source: ApplicationSource): Promise<OpenApplication> {
  const { data, env, now, log, configFile } = source;
  const config = await readServerConfig(configFile, env);
  await mkdir(data, { recursive: true, mode: 0o711 });
  const secrets = secretBox(await serverKey(data, env));
  const embedded = config.controlDatabaseUrl === null ? await openEmbedded(data) : null;
  try {
    const control = await openControl(config.controlDatabaseUrl ?? embedded!.url('postgres'), source, secrets);
    const heldSandboxes = source.holdSandboxes ? new HeldSandboxes(data, env) : undefined;
    return {
      data,
      config,
      control,
      secrets,
      env,
      now,
      log,
      configFile,
      ...(heldSandboxes ? { heldSandboxes } : {}),
      async close() {
        await heldSandboxes?.close();
        await control.close();
        await embedded?.close();
      },
    };
  } catch (error) {
    await embedded?.close();
    throw error;
  }
}

async function openControl(
  url: string,
  { control: options, env }: ApplicationSource,
  secrets: SecretBox,
): Promise<ControlDatabase> {
  const control = await ControlDatabase.open(url, options);
  try {
    await mustBeTheKey(control, secrets, env);
    return control;
  } catch (error) {
    await control.close();
    throw error;
  }
}

async function openEmbedded(data: string): Promise<EmbeddedPostgres> {
  const folder = join(data, 'control');
  await mkdir(folder, { recursive: true, mode: 0o711 });
  return await EmbeddedPostgres.open(join(folder, 'postgres'), {
    runtimeFolder: join(data, 'runtime'),
    passwordFile: join(folder, 'password'),
  });
}

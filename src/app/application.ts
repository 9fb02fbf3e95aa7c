import type { Log } from '#base/log.ts';
import type { ControlDatabase } from '#control/control-database.ts';
import type { ServerConfig } from './config/server-config.ts';
import type { SecretBox } from './secret-box.ts';
import type { HeldSandboxes } from './sites/held-sandboxes.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the server and its workers are made of. The functions of this room take it first. */
export interface Application {
  /** The data folder: sandboxes, the embedded control database, the key of the server, work files. */
  data: string;
  config: ServerConfig;
  control: ControlDatabase;
  secrets: SecretBox;
  env: Environment;
  /** Of a server, which keeps them open; others open and close them each time. */
  heldSandboxes?: HeldSandboxes;
  now: () => Date;
  log: Log;
}

import { type LiveSiteHandle, openSandbox } from '#sites/live/sandbox/sandbox.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Sandboxes that a process which lives long keeps open, so that their PostgreSQL is not started and stopped by every look at them. Each is opened once,
 * when it is first needed.
 */
export class HeldSandboxes {
  readonly #data: string;
  readonly #env: Environment;
  readonly #handles = new Map<string, Promise<LiveSiteHandle>>();

  constructor(data: string, env: Environment) {
    this.#data = data;
    this.#env = env;
  }

  /** The caller does not close it. One that could not be opened is tried again the next time. */
  async open(name: string): Promise<LiveSiteHandle> {
    const known = this.#handles.get(name) ?? openSandbox(this.#data, name, { env: this.#env });
    this.#handles.set(name, known);
    try {
      return await known;
    } catch (error) {
      this.#handles.delete(name);
      throw error;
    }
  }

  async close(): Promise<void> {
    const handles = [...this.#handles.values()];
    this.#handles.clear();
    for (const handle of handles) await (await handle.catch(() => null))?.close();
  }
}

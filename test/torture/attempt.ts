import { type CommandResult, errorCode, type KillPlan, runCommand, traces } from './run-command.ts';
import { demand } from './violation.ts';
import type { World } from './world.ts';

/** What a command usually takes. */
interface Usual {
  ms: number;
  calls: number;
}

/** Of a command that did not yet end by itself. */
const guess: Usual = { ms: 1000, calls: 60 };

export interface Counts {
  runs: number;
  kills: number;
  /** Kills of commands that had changed something in the vault, the target or the export folder by then. */
  inWork: number;
}

export interface Attempt extends CommandResult {
  wasKilled: boolean;
  /** For people. */
  text: string;
}

/** Runs commands that are killed at moments which earlier runs of the same kind suggest. */
export class Killer {
  readonly counts = new Map<string, Counts>();
  readonly #usual = new Map<string, Usual>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Mostly killed, sometimes not. Codes of `givesWay` are as good as success. */
  async attempt(name: string, args: string[], secrets: Record<string, string> = {}, givesWay: string[] = []): Promise<Attempt> {
    return await this.#run(name, args, this.#plan(name), secrets, givesWay);
  }

  /** Not killed, but it may give way. */
  async spare(name: string, args: string[], givesWay: string[]): Promise<Attempt> {
    return await this.#run(name, args, null, {}, givesWay);
  }

  /** Not killed: it must succeed. */
  async finish(name: string, args: string[], secrets: Record<string, string> = {}): Promise<Attempt> {
    return await this.#run(name, args, null, secrets, []);
  }

  #plan(name: string): KillPlan {
    const { random } = this.#world;
    const usual = this.#usual.get(name) ?? guess;
    if (random.chance(0.08)) return null;
    if (random.chance(0.65)) {
      // Near its end a command makes things visible.
      const from = random.chance(0.35) ? Math.floor(usual.calls * 0.9) : 1;
      return { by: 'call', nth: random.between(Math.max(1, from), Math.ceil(usual.calls * 1.02)) };
    }
    const from = random.chance(0.2) ? 0 : 0.5;
    return { by: 'clock', ms: usual.ms * (from + random.next() * (1.05 - from)) };
  }

  async #run(
    name: string,
    args: string[],
    plan: KillPlan,
    secrets: Record<string, string>,
    givesWay: string[],
  ): Promise<Attempt> {
    const before = plan ? await traces(this.#world) : '';
    const result = await runCommand(this.#world, args, plan, secrets);
    const wasKilled = result.code === null;
    const counts = this.counts.get(name) ?? { runs: 0, kills: 0, inWork: 0 };
    this.counts.set(name, counts);
    counts.runs++;
    let text = `done in ${Math.round(result.ms)} ms`;
    if (wasKilled) {
      const isInWork = (await traces(this.#world)) !== before;
      counts.kills++;
      if (isInWork) counts.inWork++;
      const usual = this.#usual.get(name) ?? guess;
      const when =
        plan?.by === 'call'
          ? `at call ${plan.nth} of ${Math.round(usual.calls)}`
          : `after ${Math.round(result.ms)} of ${Math.round(usual.ms)} ms`;
      text = `killed ${when}${isInWork ? ', at work' : ''}`;
    } else if (result.code !== 0) {
      const code = errorCode(result);
      demand(givesWay.includes(code ?? ''), `oxbow ${args.join(' ')} ended with ${result.code}:\n${result.output}`);
      text = `gave way (${code})`;
    } else this.#learn(name, result);
    return { ...result, wasKilled, text };
  }

  #learn(name: string, { ms, calls }: CommandResult): void {
    const usual = this.#usual.get(name);
    const mean = (old: number | undefined, now: number) => (old === undefined ? now : old * 0.6 + now * 0.4);
    this.#usual.set(name, { ms: mean(usual?.ms, ms), calls: mean(usual?.calls, calls ?? 1) });
  }
}

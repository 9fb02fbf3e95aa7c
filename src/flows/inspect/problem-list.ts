import type { Warning } from '#base/run-context.ts';
import { WarningCollector, type WarningGroup } from '#base/warnings.ts';
import { ownText } from './own-text.ts';

const keep = 1000;

/** Problems by code: all are counted, the first 1,000 of each code are kept by name. */
export class ProblemList {
  readonly #named = new WarningCollector(keep);
  readonly #seen = new Map<string, number>();
  readonly #unnamed = new Map<string, number>();

  add = (problem: Warning): void => {
    const seen = this.#seen.get(problem.code) ?? 0;
    this.#seen.set(problem.code, seen + 1);
    this.#named.add(seen < keep ? detached(problem) : problem);
  };

  /** More of a code that has been named often enough. */
  addUnnamed(code: string, count: number): void {
    this.#unnamed.set(code, (this.#unnamed.get(code) ?? 0) + count);
  }

  groups(): WarningGroup[] {
    return this.#named.groups().map((group) => ({ ...group, count: group.count + (this.#unnamed.get(group.code) ?? 0) }));
  }
}

/** Texts that share no memory with what they were cut from: a name must not keep a whole batch of rows alive. */
function detached({ code, message, object }: Warning): Warning {
  return { code, message: ownText(message), ...(object === undefined ? {} : { object: ownText(object) }) };
}

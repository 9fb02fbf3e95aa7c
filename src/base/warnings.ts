import type { RunContext, Warning } from './run-context.ts';

/** All warnings of one code: how many there were, and the first of them by name. */
export interface WarningGroup {
  code: string;
  count: number;
  examples: Warning[];
}

/** Collects warnings in bounded memory: every one is counted, the first `keep` of each code are kept by name. */
export class WarningCollector {
  readonly #groups = new Map<string, WarningGroup>();
  readonly #keep: number;

  constructor(keep = 1000) {
    this.#keep = keep;
  }

  add = (warning: Warning): void => {
    let group = this.#groups.get(warning.code);
    if (!group) {
      group = { code: warning.code, count: 0, examples: [] };
      this.#groups.set(warning.code, group);
    }
    group.count++;
    if (group.examples.length < this.#keep) group.examples.push(warning);
  };

  get total(): number {
    let total = 0;
    for (const group of this.#groups.values()) total += group.count;
    return total;
  }

  groups(): WarningGroup[] {
    return [...this.#groups.values()];
  }
}

/** A context whose warnings are collected too, beside going where they went before. */
export function collectWarnings(context: RunContext, keep = 10_000): { context: RunContext; warnings: WarningCollector } {
  const warnings = new WarningCollector(keep);
  const warn = (warning: Warning) => {
    warnings.add(warning);
    context.warn(warning);
  };
  return { context: { ...context, warn }, warnings };
}

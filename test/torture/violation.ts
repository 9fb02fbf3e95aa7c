/** An invariant does not hold: the torture has found a defect. */
export class Violation extends Error {}

export function demand(holds: boolean, message: string | (() => string)): asserts holds {
  if (!holds) throw new Violation(typeof message === 'string' ? message : message());
}

/** The names whose values differ between two records, for a message. */
export function differences(a: Record<string, unknown>, b: Record<string, unknown>): string {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
  const shown = names.slice(0, 5).map((name) => `${name} (${a[name] ?? 'not there'} / ${b[name] ?? 'not there'})`);
  return `${names.length} differ: ${shown.join(', ')}`;
}

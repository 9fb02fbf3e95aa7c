/** How long to wait before the next attempt: 1 s, 2 s, 4 s, ... 30 s at most, never all consoles at the same moment. */
export function delayOf(failures: number, chance: number = Math.random()): number {
  const whole = Math.min(30_000, 1000 * 2 ** failures);
  return Math.round(whole * (0.75 + 0.5 * chance));
}

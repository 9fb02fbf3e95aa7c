import { OxbowError } from '#base/errors.ts';

/** What the exit code of every command says. Printed by --help. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notRestorable: 3,
  problemsFound: 4,
  cancelled: 130,
} as const;

export const exitCodeHelp = `
Exit codes:
  0    done (warnings, if any, are in the report)
  1    failed: the message says why; nothing was changed, unless it says so
  2    wrong usage
  3    inspect: the backup was read, but cannot be restored as it is
  4    check, repair, drill, compare: done, and something is wrong, lost or different
  130  cancelled (Ctrl-C): nothing was changed`;

export function exitCodeOf(error: unknown): number {
  return error instanceof OxbowError && error.code === 'CANCELLED' ? exitCodes.cancelled : exitCodes.failed;
}

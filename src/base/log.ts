/** Writes what happened, one line each, for programs and people that look later. Fields never hold a secret. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A log of JSON lines: time, level, message, then the fields. */
export function jsonLog(write: (line: string) => void, now: () => Date): Log {
  const at = (level: string) => (fields: object, message: string) =>
    write(`${JSON.stringify({ time: now().toISOString(), level, message, ...fields })}\n`);
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Keeps nothing. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };

/** What every failure that a person can act on looks like. */
export interface OxbowErrorOptions {
  /** What to do next, one sentence. */
  hint?: string;
  /** Facts for programs (`--json`); never a secret. */
  details?: Record<string, string | number | boolean | string[] | undefined>;
  cause?: unknown;
}

/**
 * An error for the reader: what happened, to which object, what to do next.
 * `code` is stable and listed in docs/errors.md; anything else that is thrown is a defect of Oxbow.
 */
export class OxbowError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: OxbowErrorOptions['details'];

  constructor(code: string, message: string, options: OxbowErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'OxbowError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** True for an OxbowError, of the given code if one is given. */
export function isOxbowError(error: unknown, code?: string): error is OxbowError {
  return error instanceof OxbowError && (code === undefined || error.code === code);
}

/** The `code` of a Node.js system error (ENOENT, ENOSPC, ...), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

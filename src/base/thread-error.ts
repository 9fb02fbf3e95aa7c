import { isOxbowError, OxbowError, type OxbowErrorOptions } from './errors.ts';

/** An OxbowError on its way between two threads, which copy no classes. */
export interface ThreadError {
  code: string;
  message: string;
  hint?: string | undefined;
  details?: OxbowErrorOptions['details'];
}

/** Anything else is a defect and is thrown on: it ends the thread, which the other side hears of. */
export function threadErrorOf(error: unknown): ThreadError {
  if (!isOxbowError(error)) throw error;
  const { code, message, hint, details } = error;
  return { code, message, hint, details };
}

export function errorOf({ code, message, hint, details }: ThreadError): OxbowError {
  return new OxbowError(code, message, { ...(hint === undefined ? {} : { hint }), ...(details ? { details } : {}) });
}

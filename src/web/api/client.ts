import type { ErrorAnswer } from '#server/contract/shared-contract.ts';

/** An error that the server told, in plain words. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, { error }: ErrorAnswer) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.hint = error.hint;
  }
}

let xsrf: string | null = null;

/** What changes something carries the token of the session. */
export function setXsrf(value: string | null): void {
  xsrf = value;
}

export function xsrfHeaders(): Record<string, string> {
  return xsrf ? { 'x-oxbow-xsrf': xsrf } : {};
}

/** Asks the server. Errors: ApiError; OFFLINE when it does not answer. */
export async function api<T>(path: string, init: { method?: string; body?: unknown } = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: init.method ?? (init.body === undefined ? 'GET' : 'POST'),
      headers: { ...xsrfHeaders(), ...(init.body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
      credentials: 'same-origin',
    });
  } catch {
    throw new ApiError(0, {
      error: {
        code: 'OFFLINE',
        message: 'The server does not answer.',
        hint: 'It may be restarting: this page tries again by itself.',
      },
    });
  }
  if (response.status === 204) return null as T;
  const answer = (await response.json().catch(() => null)) as T | ErrorAnswer | null;
  if (response.ok) return answer as T;
  const known = answer as ErrorAnswer | null;
  throw new ApiError(response.status, known?.error ? known : { error: { code: 'UNREADABLE', ...unreadable(response.status) } });
}

/** What is said of an answer that is not one of ours, such as that of a proxy whose server is away. */
export function unreadable(status: number): { message: string; hint?: string } {
  return {
    message: `The server answered ${status}, and nothing else.`,
    ...(status >= 500
      ? { hint: 'It may be restarting, or a proxy in front of it does not reach it. Try again in a moment.' }
      : {}),
  };
}

/** A query string of what is set. */
export function query(values: Record<string, string | number | boolean | undefined>): string {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)]))}`;
}

/** Begins a download. Errors: ApiError where there is nothing to download, which a browser would not say in words. */
export async function download(path: string): Promise<void> {
  const abort = new AbortController();
  const response = await fetch(path, { signal: abort.signal, credentials: 'same-origin' });
  if (!response.ok) throw new ApiError(response.status, (await response.json()) as ErrorAnswer);
  // It is there: the browser takes it itself, to the disk.
  abort.abort();
  location.assign(path);
}

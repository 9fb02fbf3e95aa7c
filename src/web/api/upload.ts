import { ApiError, unreadable, xsrfHeaders } from './client.ts';
import { known, remember } from './known-uploads.ts';

const partBytes = 16 * 1024 * 1024;
const mostFailures = 8;
const fullDisk = 507;

export interface UploadTarget {
  site: string;
  scope: 'SITE' | 'SPACE';
}

/**
 * Uploads a file in parts (tus 1.0); when the line breaks it goes on where the server has got to, and so it does when the same file is given again after the
 * page was closed. Gives the name under which the file lies there.
 */
export async function upload(
  file: File,
  target: UploadTarget,
  progress: (done: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const id = [target.site, target.scope, file.name, file.size, file.lastModified].join('/');
  const before = known(id);
  let offset = before === null ? null : await offsetOf(before, signal);
  const location = offset === null ? await begin(file, target, signal) : before!;
  remember(id, location);
  offset ??= 0;
  progress(offset);
  for (let failures = 0; ; ) {
    try {
      const part = file.slice(offset, offset + partBytes);
      const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) };
      const answer = await ask(location, 'PATCH', headers, part, signal);
      offset = Number(answer.headers.get('upload-offset'));
      failures = 0;
      progress(offset);
      if (offset < file.size) continue;
      remember(id, null);
      return decodeURIComponent(answer.headers.get('oxbow-file-name') ?? file.name);
    } catch (error) {
      if (signal.aborted) {
        remember(id, null);
        void ask(location, 'DELETE', {}, null).catch(() => {});
        throw error;
      }
      // What the server refuses it refuses again; a broken line is made anew.
      const isFinal = error instanceof ApiError && isRefused(error);
      // Once there is room, the same file goes on where it stopped.
      if (isFinal && error.status !== fullDisk) remember(id, null);
      if (isFinal || ++failures > mostFailures) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** failures));
      offset = (await offsetOf(location, signal)) ?? offset;
    }
  }
}

/** A part that began in the wrong place begins in the right one; the server may still hold on to the line that broke; a full disk stays full. */
function isRefused({ status }: ApiError): boolean {
  return (status !== 0 && status < 500 && status !== 409 && status !== 423) || status === fullDisk;
}

async function begin(file: File, target: UploadTarget, signal: AbortSignal): Promise<string> {
  const metadata = Object.entries({ filename: file.name, ...target }).map(([key, value]) => `${key} ${base64(value)}`);
  const headers = { 'upload-length': String(file.size), 'upload-metadata': metadata.join(',') };
  return (await ask('/api/uploads', 'POST', headers, null, signal)).headers.get('location')!;
}

/** How far the server has got; null when it knows nothing of it, or does not answer. */
async function offsetOf(location: string, signal: AbortSignal): Promise<number | null> {
  const state = await ask(location, 'HEAD', {}, null, signal).catch(() => null);
  const offset = state?.headers.get('upload-offset') ?? null;
  return offset === null || state?.headers.get('upload-length') === offset ? null : Number(offset);
}

async function ask(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: Blob | null,
  signal?: AbortSignal,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: { ...xsrfHeaders(), 'tus-resumable': '1.0.0', ...headers },
      body,
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, { error: { code: 'OFFLINE', message: 'The server does not answer.' } });
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new ApiError(response.status, answer?.error ? answer : { error: { code: 'UNREADABLE', ...unreadable(response.status) } });
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

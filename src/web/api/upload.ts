import { ApiError, xsrfHeaders } from './client.ts';

const partBytes = 16 * 1024 * 1024;
const mostFailures = 8;

export interface UploadTarget {
  site: string;
  scope: 'SITE' | 'SPACE';
}

/** Uploads a file in parts (tus 1.0); when the line breaks it goes on where the server has got to. Gives the name under which the file lies there. */
export async function upload(
  file: File,
  target: UploadTarget,
  progress: (done: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const metadata = Object.entries({ filename: file.name, ...target }).map(([key, value]) => `${key} ${base64(value)}`);
  const begun = await ask(
    '/api/uploads',
    'POST',
    { 'upload-length': String(file.size), 'upload-metadata': metadata.join(',') },
    null,
    signal,
  );
  const location = begun.headers.get('location')!;
  let offset = 0;
  for (let failures = 0; ; ) {
    try {
      const part = file.slice(offset, offset + partBytes);
      const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) };
      const answer = await ask(location, 'PATCH', headers, part, signal);
      offset = Number(answer.headers.get('upload-offset'));
      failures = 0;
      progress(offset);
      if (offset >= file.size) return decodeURIComponent(answer.headers.get('oxbow-file-name') ?? file.name);
    } catch (error) {
      // What the server refuses it refuses again; a broken line is made anew.
      const isFinal = error instanceof ApiError && error.status !== 0 && error.status < 500 && error.status !== 409;
      if (signal.aborted || isFinal || ++failures > mostFailures) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** failures));
      const state = await ask(location, 'HEAD', {}, null, signal).catch(() => null);
      if (state) offset = Number(state.headers.get('upload-offset'));
    }
  }
}

async function ask(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: Blob | null,
  signal: AbortSignal,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { method, headers: { ...xsrfHeaders(), 'tus-resumable': '1.0.0', ...headers }, body, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, { error: { code: 'OFFLINE', message: 'The server does not answer.' } });
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new ApiError(
    response.status,
    answer?.error ? answer : { error: { code: 'UNREADABLE', message: `The server answered ${response.status}.` } },
  );
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

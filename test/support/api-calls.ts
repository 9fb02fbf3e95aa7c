import type { Answer, ConfluenceServer, Role } from './confluence-server.ts';

/** Calls our own API as one of the accounts of the test's site, with Basic authentication. Objects are sent as JSON. */
export async function callApi(
  server: Pick<ConfluenceServer, 'base' | 'authorization'>,
  role: Role,
  request: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method, path] = request.split(' ');
  const isPlain = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(`${server.base}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...server.authorization(role),
      ...(isPlain ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isPlain ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, text, json: isJson && text ? JSON.parse(text) : undefined };
}

/** Moves a job on as a worker would. */
export async function setJob(server: Pick<ConfluenceServer, 'app'>, id: string, changes: string): Promise<void> {
  await server.app.control.query(`UPDATE jobs SET ${changes} WHERE id = $1`, [id]);
}

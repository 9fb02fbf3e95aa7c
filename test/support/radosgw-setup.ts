import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { Radosgw } from './radosgw.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL that starts the gateway when it is first asked, and says where it is. */
    s3GatewayStarter: string;
  }
}

/** One S3 gateway for all files of tests, started when the first of them asks (test/support/s3-gateway.ts), stopped at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<Radosgw> | undefined;
  const server = createServer((_request, response) => {
    starting ??= Radosgw.start();
    starting.then(
      ({ gateway }) => response.end(JSON.stringify(gateway)),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  project.provide('s3GatewayStarter', `http://127.0.0.1:${port}/`);
  return async () => {
    server.closeAllConnections();
    server.close();
    await (await starting?.catch(() => undefined))?.stop();
  };
}

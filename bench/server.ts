// Does the server answer while a backup of a large site runs? A real server and its worker; one client that asks without a pause, first alone, then beside
// a snapshot of a generated site. Prints the times of the answers in milliseconds, and their ratio.
//   node bench/server.ts --pages 20000
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { resetPassword } from '../src/app/access/credentials.ts';
import { TestServer } from '../test/support/test-server.ts';

const { values } = parseArgs({
  options: { pages: { type: 'string', default: '20000' }, seconds: { type: 'string', default: '10' } },
});
const server = await TestServer.open();
const app = await server.application();
process.stdout.write(`generating ${values.pages} pages\n`);
await server.site(app, 'wiki', Number(values.pages));
await server.vault(app, 'main');
const child = spawn(
  process.execPath,
  [join(import.meta.dirname, '../bin/oxbow.js'), 'serve', '--no-sample', '--listen', '127.0.0.1:0'],
  {
    env: { ...process.env, OXBOW_HOME: join(server.folder, 'data'), OXBOW_CONTROL_DATABASE_URL: server.controlUrl },
    stdio: ['ignore', 'pipe', 'ignore'],
  },
);
let said = '';
child.stdout.setEncoding('utf8');
for await (const text of child.stdout) {
  said += text;
  if (/ready at \S+\n/.test(said)) break;
}
const base = /ready at (\S+)/.exec(said)![1];
const password = await resetPassword(app, 'admin');
const headers = {
  authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
  'content-type': 'application/json',
};
const paths = ['/healthz', '/api/jobs', '/rest/api/backup-restore/jobs'];

interface Times {
  [path: string]: number[];
}

async function ask(goOn: () => boolean | Promise<boolean>): Promise<Times> {
  const times: Times = Object.fromEntries(paths.map((path) => [path, []]));
  while (await goOn()) {
    for (const path of paths) {
      const begun = performance.now();
      const response = await fetch(`${base}${path}`, { headers });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      times[path].push(performance.now() - begun);
    }
  }
  return times;
}

const at = (numbers: number[], share: number) =>
  [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))];
try {
  await ask(() => false);
  const end = performance.now() + Number(values.seconds) * 1000;
  const alone = await ask(() => performance.now() < end);
  const made = await fetch(`${base}/api/jobs`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ type: 'snapshot', site: 'wiki', vault: 'main' }),
  });
  const { id } = (await made.json()) as { id: string };
  const begun = performance.now();
  const beside = await ask(async () => {
    const job = (await (await fetch(`${base}/api/jobs/${id}`, { headers })).json()) as { state: string; error: unknown };
    if (job.state === 'FAILED') throw new Error(JSON.stringify(job.error));
    return job.state !== 'FINISHED';
  });
  process.stdout.write(`a snapshot of ${values.pages} pages in ${((performance.now() - begun) / 1000).toFixed(1)} s\n\n`);
  process.stdout.write(
    '| route | alone p50 / p99 ms | beside a backup p50 / p99 ms | answers | ratio of p99 |\n|---|---|---|---|---|\n',
  );
  for (const path of paths) {
    const [a, b] = [alone[path], beside[path]];
    const ms = (numbers: number[]) => `${at(numbers, 0.5).toFixed(1)} / ${at(numbers, 0.99).toFixed(1)}`;
    process.stdout.write(`| ${path} | ${ms(a)} | ${ms(b)} | ${b.length} | ${(at(b, 0.99) / at(a, 0.99)).toFixed(1)} |\n`);
  }
} finally {
  child.kill('SIGTERM');
  await once(child, 'exit');
  await server.close();
}

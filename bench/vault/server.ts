import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { runTimed } from './run-timed.ts';

export interface ServerTools {
  /** The folder of initdb, pg_ctl, pg_dump, pg_restore, pgbench. */
  bin: string;
  restic: string;
}

/** Names what this machine lacks, and how to get it. */
export async function assertTools({ bin, restic }: ServerTools): Promise<void> {
  const missing: string[] = [];
  for (const name of ['initdb', 'pg_ctl', 'pg_dump', 'pg_restore', 'pgbench']) {
    if (!existsSync(join(bin, name))) missing.push(`${name} in ${bin} (apt-get install postgresql-15, or --bin FOLDER)`);
  }
  await runTimed(restic, ['version']).catch(() => missing.push(`${restic} (apt-get install restic, or --restic PATH)`));
  if (process.getuid?.() === 0) {
    await runTimed('runuser', ['-u', 'postgres', '--', 'true']).catch(() => missing.push('the system user postgres'));
  }
  if (missing.length > 0) throw new Error(`This benchmark needs:\n  ${missing.join('\n  ')}`);
}

/** The owner of the databases: an ordinary role, as that of a Confluence is. */
export const role = 'wiki';

/** A PostgreSQL cluster of its own, with the settings of a fresh installation, on a free port of the loopback. */
export class BenchServer {
  readonly port: number;
  readonly password: string;
  readonly #bin: string;
  readonly #data: string;
  readonly #folder: string;

  private constructor(bin: string, folder: string, port: number) {
    this.port = port;
    this.password = randomBytes(12).toString('hex');
    this.#bin = bin;
    this.#folder = folder;
    this.#data = join(folder, 'data');
  }

  static async start(bin: string, folder: string): Promise<BenchServer> {
    await mkdir(folder);
    const server = new BenchServer(bin, folder, await freePort());
    const secret = join(folder, 'password');
    await writeFile(secret, server.password);
    if (process.getuid?.() === 0) await runTimed('chown', ['-R', 'postgres', folder]);
    await chmod(folder, 0o755);
    await server.#run('initdb', [
      '-D',
      server.#data,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      `--pwfile=${secret}`,
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
    ]);
    const settings = `-p ${server.port} -k ${folder} -c listen_addresses=127.0.0.1`;
    await server.#run('pg_ctl', ['-D', server.#data, '-o', settings, '-l', join(folder, 'log'), '-w', 'start']);
    await server.admin(`CREATE ROLE ${role} LOGIN PASSWORD '${server.password}'`);
    return server;
  }

  /** A new empty database of the role. Gives its URL, without the password. */
  async database(name: string): Promise<string> {
    await this.admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await this.admin(`CREATE DATABASE ${name} OWNER ${role}`);
    return `postgres://${role}@127.0.0.1:${this.port}/${name}`;
  }

  async drop(name: string): Promise<void> {
    await this.admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }

  withPassword(url: string): string {
    return url.replace(`${role}@`, `${role}:${this.password}@`);
  }

  async admin(sql: string): Promise<void> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.port,
      user: 'postgres',
      password: this.password,
      database: 'postgres',
    });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await this.#run('pg_ctl', ['-D', this.#data, '-m', 'fast', '-w', 'stop']);
  }

  async #run(tool: string, args: string[]): Promise<void> {
    const path = join(this.#bin, tool);
    const isRoot = process.getuid?.() === 0;
    const [command, all] = isRoot ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, args];
    // A server that inherits the pipes of pg_ctl would keep them open.
    await runTimed('sh', ['-c', '"$0" "$@" >/dev/null 2>&1', command, ...all], { cwd: this.#folder });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Where tests find S3, and as whom. */
export interface S3Gateway {
  endpoint: string;
  accessKey: string;
  secretKey: string;
  /** For radosgw-admin, and the name of the user there. */
  configuration: string;
  user: string;
}

const programs = ['ceph-mon', 'ceph-osd', 'ceph', 'monmaptool', 'radosgw', 'radosgw-admin'];

/** Programs of Ceph that this machine lacks. */
export function missingPrograms(): string[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
  return programs.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
}

/**
 * Ceph's S3 gateway on 127.0.0.1 with one monitor and one store in memory: an S3 server that is independent of us, checks signatures and honours
 * If-None-Match. Ready within some ten seconds; everything lies in a temporary folder that stop() removes.
 */
export class Radosgw {
  readonly gateway: S3Gateway;
  readonly #folder: string;
  readonly #daemons: ChildProcess[];

  private constructor(gateway: S3Gateway, folder: string, daemons: ChildProcess[]) {
    this.gateway = gateway;
    this.#folder = folder;
    this.#daemons = daemons;
  }

  static async start(): Promise<Radosgw> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await Radosgw.#startOnce();
      } catch (error) {
        // A port may have been taken meanwhile.
        if (attempt === 3) throw error;
      }
    }
  }

  static async #startOnce(): Promise<Radosgw> {
    const folder = await mkdtemp(join(tmpdir(), 'oxbow-radosgw-'));
    const [monitor, port] = await freePorts(2);
    const configuration = join(folder, 'ceph.conf');
    const user = 'oxbow';
    const [accessKey, secretKey] = [randomBytes(10).toString('hex').toUpperCase(), randomBytes(20).toString('hex')];
    const gateway = { endpoint: `http://127.0.0.1:${port}`, accessKey, secretKey, configuration, user };
    const radosgw = new Radosgw(gateway, folder, []);
    try {
      await radosgw.#start(monitor, port);
      return radosgw;
    } catch (error) {
      await radosgw.stop();
      throw error;
    }
  }

  async #start(monitor: number, port: number): Promise<void> {
    const { configuration, accessKey, secretKey, user } = this.gateway;
    const cluster = randomUUID();
    for (const name of ['monitor', 'osd', 'gateway']) await mkdir(join(this.#folder, name));
    await writeFile(configuration, settings(this.#folder, cluster, monitor, port));
    const map = join(this.#folder, 'monmap');
    const ceph = ['-c', configuration];
    await run('monmaptool', ['--create', '--addv', 'a', `[v1:127.0.0.1:${monitor}]`, '--fsid', cluster, map]);
    await run('ceph-mon', [...ceph, '--mkfs', '-i', 'a', '--monmap', map]);
    this.#daemon('ceph-mon', [...ceph, '-i', 'a']);
    const osd = randomUUID();
    await run('ceph', [...ceph, 'osd', 'create', osd]);
    await run('ceph-osd', [...ceph, '-i', '0', '--mkfs', '--osd-uuid', osd]).catch(() => {}); // it complains about keys, which we do without
    this.#daemon('ceph-osd', [...ceph, '-i', '0']);
    await run('ceph', [...ceph, 'osd', 'crush', 'add', 'osd.0', '1.0', 'root=default', 'host=h']);
    const identity = ['user', 'create', `--uid=${user}`, `--display-name=${user}`];
    await run('radosgw-admin', [...ceph, ...identity, `--access-key=${accessKey}`, `--secret-key=${secretKey}`]);
    this.#daemon('radosgw', [...ceph, '-n', 'client.rgw.a']);
    for (let tries = 0; !(await answers(this.gateway.endpoint)); tries++) {
      if (tries > 600 || this.#daemons.some((daemon) => daemon.exitCode !== null)) throw new Error('radosgw does not start');
      await sleep(100);
    }
  }

  async stop(): Promise<void> {
    for (const daemon of this.#daemons.toReversed()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGKILL'); // nothing in it is worth an orderly end
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** In the foreground. */
  #daemon(program: string, args: string[]): void {
    const [command, ...rest] = tied(program, [...args, '-f']);
    this.#daemons.push(spawn(command, rest, { stdio: 'ignore' }));
  }
}

/** Gone when this process is: where there is setpriv, even when it is killed. */
function tied(program: string, args: string[]): string[] {
  return [...(existsSync('/usr/bin/setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : []), program, ...args];
}

async function run(program: string, args: string[], timeout = 60_000): Promise<void> {
  const [command, ...rest] = tied(program, args);
  await execute(command, rest, { timeout });
}

function settings(folder: string, cluster: string, monitor: number, port: number): string {
  return `[global]
fsid = ${cluster}
mon host = v1:127.0.0.1:${monitor}
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
run dir = ${folder}
admin socket = ${folder}/$name.asok
pid file = ${folder}/$name.pid
log file = ${folder}/$name.log
crash dir = ${folder}
ms bind ipv6 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
osd objectstore = memstore
osd class update on start = false
memstore device bytes = 4294967296
mon data = ${folder}/monitor
osd data = ${folder}/osd
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw enable apis = s3
rgw data = ${folder}/gateway
rgw run sync thread = false
`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  // All are open before the first is closed: they differ.
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

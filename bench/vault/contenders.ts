import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackupReport } from '../../src/flows/backup/backup-report.ts';
import type { CheckReport } from '../../src/vault/maintenance/check.ts';
import { runTimed, type TimedRun } from './run-timed.ts';
import { type BenchServer, role, type ServerTools } from './server.ts';
import type { Wiki } from './wiki.ts';

const launcher = fileURLToPath(new URL('../../bin/oxbow.js', import.meta.url));
export const passphrase = 'correct horse battery staple';

/** Oxbow as an administrator runs it: its command, with a vault in a folder. */
export class OxbowVault {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly #data: string;

  constructor(folder: string, server: BenchServer) {
    this.folder = join(folder, 'vault');
    this.#data = join(folder, 'oxbow-data');
    this.env = { OXBOW_PASSPHRASE: passphrase, OXBOW_DATABASE_PASSWORD: server.password, OXBOW_VAULT: this.folder };
  }

  run(args: string[], before: string[] = []): Promise<TimedRun> {
    const [command, ...all] = [...before, process.execPath, launcher, '--json', '--quiet', '--data', this.#data, ...args];
    return runTimed(command, all, { env: this.env });
  }

  async init(): Promise<void> {
    await mkdir(this.#data, { recursive: true });
    await this.run(['vault', 'init']);
  }

  async backup(wiki: Pick<Wiki, 'url' | 'home'>, ...options: string[]): Promise<TimedRun & { report: BackupReport }> {
    const run = await this.run(['backup', '--site', 'wiki', '--database', wiki.url, '--home', wiki.home, ...options]);
    return { ...run, report: JSON.parse(run.stdout) as BackupReport };
  }

  /** At the lowest priority of processor, as cron jobs are often run. */
  async politeBackup(wiki: Pick<Wiki, 'url' | 'home'>, ...options: string[]): Promise<TimedRun> {
    const args = ['backup', '--site', 'wiki', '--database', wiki.url, '--home', wiki.home, ...options];
    return await this.run(args, ['nice', '-n', '19']);
  }

  restore(snapshot: string, url: string, home: string): Promise<TimedRun> {
    return this.run(['restore', snapshot, '--site', 'wiki', '--database', url, '--home', home]);
  }

  async check(): Promise<TimedRun & { report: CheckReport }> {
    const run = await this.run(['check', '--data']);
    return { ...run, report: JSON.parse(run.stdout) as CheckReport };
  }
}

/**
 * The peer: pg_dump and restic. The dump is not compressed (-Z0), because restic finds equal parts only in what is not, and it compresses itself.
 * The format is custom (-Fc), because only that can be restored in parallel from one file.
 */
export class ResticRepository {
  readonly folder: string;
  readonly #dump: string;
  readonly #tools: ServerTools;
  readonly #env: Record<string, string>;

  constructor(folder: string, server: BenchServer, tools: ServerTools) {
    this.folder = join(folder, 'restic');
    this.#dump = join(folder, 'dump', 'wiki.dump');
    this.#tools = tools;
    this.#env = {
      PGPASSWORD: server.password,
      PGUSER: role,
      RESTIC_PASSWORD: passphrase,
      RESTIC_REPOSITORY: this.folder,
      RESTIC_CACHE_DIR: join(folder, 'restic-cache'),
    };
  }

  async init(): Promise<void> {
    await mkdir(join(this.#dump, '..'), { recursive: true });
    await this.#restic('init');
  }

  dump(url: string): Promise<TimedRun> {
    return this.#tool('pg_dump', ['-Fc', '-Z0', '-n', 'public', '-f', this.#dump, url]);
  }

  async backup(wiki: Pick<Wiki, 'url' | 'home'>): Promise<{ seconds: number; cpu: number; dump: number; peakMb: number }> {
    const dump = await this.dump(wiki.url);
    const backup = await this.#restic('backup', '-q', this.#dump, wiki.home);
    return {
      seconds: dump.seconds + backup.seconds,
      cpu: dump.cpu + backup.cpu,
      dump: dump.seconds,
      peakMb: backup.peakMb,
    };
  }

  async restore(url: string, target: string): Promise<{ seconds: number; cpu: number; files: number }> {
    const files = await this.#restic('restore', '-q', 'latest', '--target', target);
    // The public schema is there already, which pg_restore counts as an error.
    const rows = await this.#tool(
      'pg_restore',
      ['-j2', '--no-comments', '--no-owner', '-d', url, join(target, this.#dump)],
      [0, 1],
    );
    return { seconds: files.seconds + rows.seconds, cpu: files.cpu + rows.cpu, files: files.seconds };
  }

  check(): Promise<TimedRun> {
    return this.#restic('check', '--read-data', '-q');
  }

  #restic(...args: string[]): Promise<TimedRun> {
    return runTimed(this.#tools.restic, args, { env: this.#env });
  }

  #tool(name: string, args: string[], accept?: number[]): Promise<TimedRun> {
    return runTimed(join(this.#tools.bin, name), args, { env: this.#env, ...(accept ? { accept } : {}) });
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'oxbow.js');

export interface CliResult {
  /** null when it was killed by a signal. */
  code: number | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

export interface CliRun {
  child: ChildProcess;
  ended: Promise<CliResult>;
}

/** Starts the CLI as people do. `data` is its data folder. */
export function startCli(data: string, ...args: string[]): CliRun {
  return startCliWith({}, data, ...args);
}

/** The same with more in its environment: passphrases come that way. */
export function startCliWith(environment: Record<string, string>, data: string, ...args: string[]): CliRun {
  const started = performance.now();
  const child = spawn(process.execPath, [launcher, ...args], {
    env: { PATH: process.env.PATH, HOME: data, OXBOW_HOME: data, NODE_NO_WARNINGS: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, seconds: (performance.now() - started) / 1000 }));
  });
  return { child, ended };
}

export async function cli(data: string, ...args: string[]): Promise<CliResult> {
  return await startCli(data, ...args).ended;
}

/** Runs a command that must succeed, and gives its JSON. */
export async function cliJson<T = Record<string, unknown>>(data: string, ...args: string[]): Promise<T> {
  const result = await cli(data, '--json', ...args);
  if (result.code !== 0) throw new Error(`oxbow ${args.join(' ')} ended with ${result.code}: ${result.stdout}${result.stderr}`);
  return JSON.parse(result.stdout) as T;
}

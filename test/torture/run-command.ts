import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demand } from './violation.ts';
import type { World } from './world.ts';

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'oxbow.js');
const preload = join(import.meta.dirname, 'die-at-call.ts');

/** When a command is killed: so long after its start, from outside, or right before so many calls that change something, by itself. */
export type KillPlan = { by: 'clock'; ms: number } | { by: 'call'; nth: number } | null;

export interface CommandResult {
  /** Null when it was killed. */
  code: number | null;
  json: Record<string, unknown>;
  output: string;
  ms: number;
  /** How many calls it made that change something; null when it was killed. */
  calls: number | null;
}

/** Runs the CLI in a process of its own; `secrets` go by the environment. */
export async function runCommand(
  world: World,
  args: string[],
  plan: KillPlan,
  secrets: Record<string, string> = {},
): Promise<CommandResult> {
  const callsFile = join(world.folder, `calls-${Math.random().toString(36).slice(2)}`);
  const started = performance.now();
  const child = spawn(process.execPath, [launcher, '--json', ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: world.folder,
      OXBOW_HOME: world.data,
      OXBOW_PASSPHRASE: world.passphrase,
      NODE_NO_WARNINGS: '1',
      NODE_COMPILE_CACHE: join(world.folder, 'compiled'),
      NODE_OPTIONS: `--import=${preload}`,
      OXBOW_TORTURE_CALLS: callsFile,
      ...(plan?.by === 'call' ? { OXBOW_TORTURE_DIE_AT: String(plan.nth) } : {}),
      ...secrets,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  // The launcher becomes the command, under the same number.
  const timer = plan?.by === 'clock' ? setTimeout(() => child.kill('SIGKILL'), plan.ms) : undefined;
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  clearTimeout(timer);
  demand(signal === null || (signal === 'SIGKILL' && plan !== null), `oxbow ${args[0]} ended by ${signal}, which nobody sent it`);
  const calls = await readFile(callsFile, 'utf8').catch(() => '');
  return {
    code,
    json: code === null ? {} : parse(output),
    output,
    ms: performance.now() - started,
    calls: calls === '' ? null : Number(calls),
  };
}

function parse(output: string): Record<string, unknown> {
  try {
    return JSON.parse(output) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export function errorCode(result: CommandResult): string | null {
  return ((result.json.error as { code?: string } | undefined)?.code ?? null) as string | null;
}

/** Names of all that commands leave where they work: a killed one that changed none of it had not begun. */
export async function traces(world: World): Promise<string> {
  const below = async (folder: string) => (await readdir(folder, { recursive: true }).catch(() => [])).sort().join('\n');
  const restored = await readdir(world.target.home).catch(() => []);
  return [await below(world.vaultFolder), await below(world.secondVault), await below(world.exportFolder), ...restored].join(
    '\n',
  );
}

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface TimedRun {
  /** Wall clock. */
  seconds: number;
  /** Processor time of the process itself, all its threads, as Linux tells while it runs: up to the last 20 ms. */
  cpu: number;
  /** Its largest resident set in MB (10^6). */
  peakMb: number;
  stdout: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** Exit codes that are no failure. Default: 0 alone. */
  accept?: number[];
  cwd?: string;
}

/** Runs a command to its end. Throws with what it printed when it fails. */
export function runTimed(command: string, args: string[], options: RunOptions = {}): Promise<TimedRun> {
  const { env = {}, accept = [0], cwd } = options;
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { env: { ...process.env, ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let peak = 0;
    let cpu = 0;
    const look = () => {
      peak = Math.max(peak, highWater(child.pid));
      cpu = Math.max(cpu, cpuSeconds(child.pid));
    };
    const timer = setInterval(look, 20);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      look();
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = `${stderr}${text}`.slice(-4000);
    });
    child.on('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearInterval(timer);
      const seconds = (performance.now() - started) / 1000;
      if (accept.includes(code ?? -1)) resolve({ seconds, cpu, peakMb: peak, stdout });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stderr}${stdout.slice(-2000)}`));
    });
  });
}

function highWater(pid: number | undefined): number {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? (Number(match[1]) * 1024) / 1e6 : 0;
  } catch {
    return 0;
  }
}

/** Ticks of Linux are hundredths of a second. */
function cpuSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** Lets what earlier work has written reach the disk, so that it does not cost the next one. */
export async function settle(): Promise<void> {
  await runTimed('sync', []);
}

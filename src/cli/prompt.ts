import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Asks for a secret on the terminal, without showing it. Null where no person is there. */
export async function promptSecret(question: string): Promise<string | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(`${question}: `);
  try {
    return await new Promise<string | null>((resolve) => {
      terminal.question('', resolve);
      terminal.on('close', () => resolve(null));
      terminal.on('SIGINT', () => {
        terminal.close();
        process.kill(process.pid, 'SIGINT');
      });
    });
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

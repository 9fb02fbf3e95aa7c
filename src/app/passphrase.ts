import { readFile } from 'node:fs/promises';
import { OxbowError, systemErrorCode } from '#base/errors.ts';

type Environment = Record<string, string | undefined>;

/** Where a passphrase may come from: never from the command line, where every user of the machine sees it. */
export interface PassphraseSource {
  /** A file whose first line it is. */
  file?: string | undefined;
  /** Name of the environment variable; `<name>_FILE` names a file. */
  variable: string;
  /** Asks a person; null where there is none. */
  prompt: ((question: string) => Promise<string | null>) | null;
  question: string;
}

/** Errors: PASSPHRASE_MISSING, PASSPHRASE_FILE. */
export async function readPassphrase(source: PassphraseSource, env: Environment): Promise<string> {
  const file = source.file ?? (env[source.variable] === undefined ? env[`${source.variable}_FILE`] : undefined);
  if (file !== undefined) return await fromFile(file);
  const value = env[source.variable];
  if (value !== undefined && value !== '') return value;
  const typed = await source.prompt?.(source.question);
  if (typed) return typed;
  throw new OxbowError('PASSPHRASE_MISSING', `No passphrase is given: ${source.variable} is not set.`, {
    hint: `Set ${source.variable}, or name a file with ${source.variable}_FILE or an option, or run it in a terminal.`,
  });
}

async function fromFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new OxbowError('PASSPHRASE_FILE', `The file of the passphrase ${path} cannot be read: ${systemErrorCode(error)}.`, {
      hint: 'Check the path and its permissions.',
      cause: error,
    });
  }
  const line = text.split(/\r?\n/, 1)[0];
  if (line !== '') return line;
  throw new OxbowError('PASSPHRASE_FILE', `The first line of ${path} is empty.`, { hint: 'Write the passphrase there.' });
}

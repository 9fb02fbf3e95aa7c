import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';

/** What sandbox.json holds. Never a password. */
export interface SandboxRecord {
  format: 1;
  /** ISO 8601. */
  created: string;
  /** URL of the operator's own PostgreSQL, without password; null for the embedded one. */
  databaseUrl: string | null;
  /** The database was a Confluence's before the sandbox was made. */
  adopted: boolean;
  /** An existing home folder; null for the sandbox's own. */
  home: string | null;
  /** Of an existing site: the local home of a node, and the install directory. */
  localHome?: string;
  install?: string;
  /** Product version and build of the schema that was created; null when adopted. */
  version: string | null;
  buildNumber: number | null;
}

/** Where the parts of a sandbox lie, below `<root>/sandboxes`. */
export function sandboxPaths(root: string, name: string) {
  const all = join(root, 'sandboxes');
  const folder = join(all, name);
  return {
    all,
    folder,
    /** Outside of the folder, which is renamed and removed under the lock. */
    lock: join(all, `.${name}.lock`),
    partial: join(all, `.${name}.partial-${process.pid}`),
    dropped: join(all, `.${name}.dropped-${process.pid}`),
    runtime: join(root, 'runtime'),
  };
}

/** Where the parts lie inside of a sandbox's folder. */
export function sandboxParts(folder: string) {
  return {
    record: join(folder, 'sandbox.json'),
    password: join(folder, 'password'),
    postgres: join(folder, 'postgres'),
    home: join(folder, 'home'),
  };
}

/** Throws SANDBOX_NAME_INVALID unless `name` is 1 to 63 letters, digits, dots, dashes and underscores, the first a letter or digit. */
export function checkSandboxName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) return;
  throw new OxbowError('SANDBOX_NAME_INVALID', `"${name}" cannot be the name of a sandbox.`, {
    hint: 'Use 1 to 63 letters, digits, dots, dashes and underscores, beginning with a letter or digit.',
  });
}

/** The record of a sandbox, null when there is no such sandbox. Throws SANDBOX_DAMAGED when it cannot be understood. */
export async function readSandboxRecord(root: string, name: string): Promise<SandboxRecord | null> {
  const path = sandboxParts(sandboxPaths(root, name).folder).record;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
  try {
    const record = JSON.parse(text) as SandboxRecord;
    if (record.format === 1) return record;
  } catch {
    // Said below.
  }
  throw new OxbowError('SANDBOX_DAMAGED', `The sandbox "${name}" has an unreadable ${path}.`, {
    hint: 'It was written by a newer Oxbow, or changed by hand: restore that file, or remove the folder of the sandbox.',
  });
}

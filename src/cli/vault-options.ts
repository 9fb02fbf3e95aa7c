import { type Command, InvalidArgumentError } from 'commander';
import { openChosenVault, type VaultChoice, type VaultSurroundings } from '#app/open-vault.ts';
import type { Vault } from '#vault/vault.ts';
import type { CommandRun } from './command-context.ts';
import { promptSecret } from './prompt.ts';

/** The options that name a vault. */
export function withVaultOptions(command: Command): Command {
  return command
    .option('--vault <location>', 'the vault: a folder or s3://bucket/prefix (default: $OXBOW_VAULT)')
    .option('--passphrase-file <file>', 'a file whose first line is the passphrase (default: $OXBOW_PASSPHRASE, or asked for)')
    .option('--s3-endpoint <url>', 'the S3 server (default: $OXBOW_S3_ENDPOINT, or that of AWS)')
    .option('--s3-region <region>', 'its region (default: $OXBOW_S3_REGION)')
    .option('--s3-path-style', 'put the bucket into the path instead of the host name (default: $OXBOW_S3_PATH_STYLE)');
}

export function surroundings(run: CommandRun): VaultSurroundings {
  return { env: run.env, now: run.context.now, prompt: run.json ? null : promptSecret };
}

/** Opens the vault that the options name, for as long as the work takes. */
export async function withVault<T>(run: CommandRun, options: VaultChoice, work: (vault: Vault) => Promise<T>): Promise<T> {
  const vault = await openChosenVault(options, surroundings(run));
  try {
    return await work(vault);
  } finally {
    await vault.store.close();
  }
}

/** "20M" or "1.5 GB" as bytes: units of 1000; with an i ("MiB") of 1024. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?(?:\/s)?$/i.exec(text.trim());
  if (!match) throw new InvalidArgumentError('Write a number of bytes, such as 20M or 500k.');
  const power = ' kmgt'.indexOf(match[2].toLowerCase() || ' ');
  return Math.round(Number(match[1]) * (match[3] ? 1024 : 1000) ** power);
}

export function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number.');
}

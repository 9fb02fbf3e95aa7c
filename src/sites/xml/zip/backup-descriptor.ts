import { OxbowError } from '#base/errors.ts';
import { limits } from '#base/limits.ts';
import { type Descriptor, parseDescriptor } from '../descriptor.ts';
import type { BackupEntry } from './backup-entry.ts';

/** Reads the descriptor of a backup. Throws DESCRIPTOR_TOO_LARGE before reading, or what the stream of the entry throws. */
export async function readDescriptor(entry: BackupEntry): Promise<Descriptor> {
  if (entry.size > limits.descriptorBytes) {
    throw new OxbowError(
      'DESCRIPTOR_TOO_LARGE',
      `${entry.name} has ${entry.size} bytes; at most ${limits.descriptorBytes} are read.`,
      {
        hint: 'This is not a file that Confluence wrote: look where the backup comes from.',
      },
    );
  }
  const chunks: Buffer[] = [];
  for await (const chunk of await entry.open()) chunks.push(chunk);
  return parseDescriptor(Buffer.concat(chunks));
}

import { open, stat } from 'node:fs/promises';
import type { BackupSource } from './backup-entry.ts';
import { openFolderBackup } from './folder-backup.ts';
import { readError } from './read-error.ts';
import { openZipBackup } from './zip-backup.ts';

export type { BackupEntry, BackupSource } from './backup-entry.ts';

/**
 * Opens an XML backup: Confluence's zip, or a folder where somebody unpacked it. Nothing of it is trusted: every name, size and
 * count is judged here, before any content is read. A source without exportDescriptor.properties opens.
 *
 * Throws BACKUP_NOT_FOUND, BACKUP_UNREADABLE, BACKUP_NO_ENTITIES, BACKUP_CLOUD_CSV, DESCRIPTOR_TOO_LARGE; for a zip also
 * ZIP_NOT_A_ZIP, ZIP_TRUNCATED, ZIP_DAMAGED, ZIP_SPLIT, ZIP_ENCRYPTED, ZIP_UNSUPPORTED_COMPRESSION, ZIP_UNSAFE_NAME, ZIP_SYMLINK,
 * ZIP_DUPLICATE_ENTRY, ZIP_TOO_MANY_ENTRIES, ZIP_BOMB, ZIP_SIZE_MISMATCH, ZIP_OVERLAPPING. Close it after use.
 */
export async function openBackupSource(path: string): Promise<BackupSource> {
  try {
    if ((await stat(path)).isDirectory()) return await openFolderBackup(path);
    return await openZipBackup(await open(path, 'r'), path);
  } catch (error) {
    throw readError(error, path);
  }
}

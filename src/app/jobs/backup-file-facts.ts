import { OxbowError } from '#base/errors.ts';
import { readDescriptor } from '#sites/xml/zip/backup-descriptor.ts';
import { DESCRIPTOR } from '#sites/xml/zip/backup-root.ts';
import { openBackupSource } from '#sites/xml/zip/backup-source.ts';

export interface BackupFileFacts {
  kind: 'site' | 'space';
  spaceKeys: string[];
  /** Of the Confluence that wrote it, where it says so. */
  createdByBuild: number | null;
  createdByVersion: string | null;
  /** Null: it does not say. */
  attachments: boolean | null;
}

/**
 * What a file says of itself: kind, spaces and version, from its descriptor; cheap, for only the directory of the zip is read. Errors: those of opening a
 * backup (ZIP_..., BACKUP_NO_ENTITIES), BACKUP_NO_DESCRIPTOR, BACKUP_KIND_UNKNOWN.
 */
export async function readBackupFileFacts(path: string): Promise<BackupFileFacts> {
  const source = await openBackupSource(path);
  try {
    const entry = await source.find(DESCRIPTOR);
    if (!entry) {
      throw new OxbowError('BACKUP_NO_DESCRIPTOR', 'The zip file did not contain an entry exportDescriptor.properties.', {
        hint: 'It is no XML backup of Confluence, or it was packed again by hand.',
      });
    }
    const { exportType, spaceKeys, createdByBuildNumber, createdByVersionNumber, backupAttachments } =
      await readDescriptor(entry);
    if (exportType !== 'all' && exportType !== 'space') {
      throw new OxbowError('BACKUP_KIND_UNKNOWN', 'The descriptor of the backup says neither site nor space.', {
        hint: 'Look where the file comes from.',
      });
    }
    return {
      kind: exportType === 'all' ? 'site' : 'space',
      spaceKeys,
      createdByBuild: createdByBuildNumber,
      createdByVersion: createdByVersionNumber,
      attachments: backupAttachments,
    };
  } finally {
    await source.close();
  }
}

/** Errors: BACKUP_WRONG_KIND, and those of readBackupFileFacts. */
export async function mustBeKind(path: string, kind: 'site' | 'space'): Promise<BackupFileFacts> {
  const facts = await readBackupFileFacts(path);
  if (facts.kind === kind) return facts;
  throw new OxbowError('BACKUP_WRONG_KIND', `This is the backup of a ${facts.kind}, and that of a ${kind} was asked for.`, {
    hint: `Restore it as a ${facts.kind}.`,
  });
}

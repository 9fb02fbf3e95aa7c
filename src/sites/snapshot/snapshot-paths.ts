import { attachmentOfPath } from '#model/attachment-paths.ts';
import type { PathOfAttachment } from './snapshot-attachments.ts';

/**
 * The attachment that a path of a snapshot is a file of. In the snapshot of a live site: home/attachments/, of either layout. In that of an
 * XML backup or of some spaces: attachments/<container>/<attachment>/<version>.
 */
export function pathOfAttachment(path: string): PathOfAttachment | null {
  if (path.startsWith('home/attachments/')) {
    const found = attachmentOfPath(path.slice('home/'.length));
    return found && { id: found.id, version: found.version, rank: found.layout === 'v4' ? 0 : 1 };
  }
  const flat = /^attachments\/(-?\d+)\/(-?\d+)\/(\d+)$/.exec(path);
  return flat && { containerId: flat[1], id: flat[2], version: flat[3], rank: 0 };
}

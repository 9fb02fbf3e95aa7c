import { join } from 'node:path';

/** The folder of an attachment below `attachments/`, layout v4 (Confluence 8.1 and later). `id` is that of the current version. */
export function v4Folder(id: string): string {
  const d = Number(BigInt(id) % 65535n);
  return join('v4', String(d % 256), String(Math.floor(d / 256)), id);
}

/** The file of one version below `attachments/`, layout v4. */
export function v4Path(id: string, version: string): string {
  return join(v4Folder(id), `${id}.${version}`);
}

/** The folder of an attachment below `attachments/`, layout ver003 (3.0 to 8.0). Versions are files named by their number. */
export function ver003Folder(spaceId: string | null, containerId: string, id: string): string {
  const levels = (value: string) => {
    const n = BigInt(value);
    return [String((n % 1000n) % 250n), String(((n / 1000n) % 1000n) % 250n), value];
  };
  return join('ver003', ...(spaceId === null ? ['nonspaced'] : levels(spaceId)), ...levels(containerId), id);
}

/** The attachment and version that a file of a home directory belongs to, of either layout; null for any other file. `path` is below the home. */
export function attachmentOfPath(path: string): { id: string; version: string; layout: 'v4' | 'ver003' } | null {
  const newer = /^attachments\/v4\/\d+\/\d+\/(\d+)\/(\d+)\.(\d+)$/.exec(path);
  if (newer) return newer[1] === newer[2] ? { id: newer[1], version: newer[3], layout: 'v4' } : null;
  const older = /^attachments\/ver003\/(?:[\w]+\/)*(\d+)\/(\d+)$/.exec(path);
  return older ? { id: older[1], version: older[2], layout: 'ver003' } : null;
}

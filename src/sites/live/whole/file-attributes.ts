import type { FileCalls } from './file-calls.ts';

/** What a file has beside its bytes. */
export interface FileAttributes {
  /** Permission bits. */
  mode: number;
  /** Nanoseconds since 1970, decimal. Node passes times as doubles: they come back within a quarter of a microsecond. */
  mtime: string;
  /** Null leaves it to the system. */
  owner: { uid: number; gid: number } | null;
}

/** Owner first: giving a file away takes special bits off it. */
export async function setAttributes(
  calls: FileCalls,
  path: string,
  kind: 'file' | 'folder',
  { mode, mtime, owner }: FileAttributes,
): Promise<void> {
  if (owner) await calls.chown(path, owner.uid, owner.gid);
  // A file out of a backup gets no rights of another account by itself.
  await calls.chmod(path, mode & (kind === 'file' ? 0o777 : 0o3777));
  const time = seconds(mtime);
  await calls.utimes(path, time, time);
}

/** Of the link itself, not of what it leads to. */
export async function setLinkAttributes(calls: FileCalls, path: string, { mtime, owner }: FileAttributes): Promise<void> {
  if (owner) await calls.lchown(path, owner.uid, owner.gid);
  const time = seconds(mtime);
  await calls.lutimes(path, time, time);
}

function seconds(nanoseconds: string): number {
  const ns = BigInt(nanoseconds);
  return Number(ns / 1_000_000_000n) + Number(ns % 1_000_000_000n) / 1e9;
}

import { chmod, chown, type FileHandle, lchown, lutimes, utimes } from 'node:fs/promises';

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
export async function setFileAttributes(file: FileHandle, { mode, mtime, owner }: FileAttributes): Promise<void> {
  if (owner) await file.chown(owner.uid, owner.gid);
  // A file out of a backup gets no rights of another account by itself.
  await file.chmod(mode & 0o777);
  const time = seconds(mtime);
  await file.utimes(time, time);
}

export async function setFolderAttributes(path: string, { mode, mtime, owner }: FileAttributes): Promise<void> {
  if (owner) await chown(path, owner.uid, owner.gid);
  await chmod(path, mode & 0o3777);
  const time = seconds(mtime);
  await utimes(path, time, time);
}

export async function setLinkAttributes(path: string, { mtime, owner }: FileAttributes): Promise<void> {
  if (owner) await lchown(path, owner.uid, owner.gid);
  const time = seconds(mtime);
  await lutimes(path, time, time);
}

function seconds(nanoseconds: string): number {
  const ns = BigInt(nanoseconds);
  return Number(ns / 1_000_000_000n) + Number(ns % 1_000_000_000n) / 1e9;
}

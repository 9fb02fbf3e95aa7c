import type { Readable } from 'node:stream';
import type { Warning } from '#base/run-context.ts';

/** One file of an XML backup. */
export interface BackupEntry {
  /** Path inside the backup: forward slashes, no leading './', no wrapper folder. */
  name: string;
  /** In bytes, when read. */
  size: number;
  /** In bytes, as it lies there; equal to `size` in a folder. */
  compressedSize: number;
  /**
   * Opens the bytes. Several may be open at once; destroying the stream frees everything it holds. The stream fails with an
   * OxbowError when the bytes are not what the zip promises (ZIP_CRC_MISMATCH, ZIP_SIZE_MISMATCH, ZIP_BOMB, ZIP_DAMAGED, ZIP_TRUNCATED).
   */
  open(): Promise<Readable>;
}

/** An XML backup that is open for reading: Confluence's zip, or a folder where somebody unpacked one. */
export interface BackupSource {
  kind: 'zip' | 'folder';
  path: string;
  /** The entry of exactly this name, or undefined. */
  find(name: string): Promise<BackupEntry | undefined>;
  /** All entries: a zip in the order of its central directory, a folder by name. May be called many times. */
  entries(): AsyncIterable<BackupEntry>;
  /** Destroys the streams that are still open. */
  close(): Promise<void>;
  /** What was odd about the source and was put up with; complete once it is open, at most a handful. */
  problems: Warning[];
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

export interface ConsoleFile {
  type: string;
  bytes: Buffer;
  /** Null where it does not become smaller. Browsers take brotli over TLS alone, so there is gzip too. */
  packed: { br: Buffer; gzip: Buffer } | null;
  etag: string;
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
};

/** The files of the built console by their path in the address; a few megabytes, read and compressed once. Null when it was not built. */
export function readConsoleFiles(folder: string): Map<string, ConsoleFile> | null {
  if (!existsSync(join(folder, 'index.html'))) return null;
  const files = new Map<string, ConsoleFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name)];
    if (!entry.isFile() || !type) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    const gzip = /text|svg/.test(type) ? gzipSync(bytes) : bytes;
    files.set(`/${relative(folder, path).replaceAll('\\', '/')}`, {
      type,
      bytes,
      packed:
        gzip.length < bytes.length
          ? { gzip, br: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }) }
          : null,
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    });
  }
  return files;
}

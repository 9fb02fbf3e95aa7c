import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What administrators change in an install directory (Atlassian's administration guides); always in a backup. */
const customised = [
  /^bin\/(setenv|user|setjre|catalina|startup|shutdown)\.(sh|bat)$/,
  /^conf\/.*$/,
  /^confluence\/WEB-INF\/web\.xml$/,
  /^confluence\/WEB-INF\/classes\/[^/]+\.(properties|xml)$/,
  /^confluence\/WEB-INF\/urlrewrite\.xml$/,
  /^jre\/lib\/security\/cacerts$/,
  /\.(jks|p12|pfx|keystore|pem)$/,
];
/** An installer writes all files within this time. */
const day = 86_400_000;

/**
 * Tells which files of an install directory differ from a stock one. With a stock directory: those that are not in it, byte by byte.
 * Without: those that administrators change, and those modified more than a day after Confluence's own jar was.
 */
export function changedInstallFile(
  install: string,
  stock: string | undefined,
): (path: string, file: { size: number; mtimeMs: number }) => Promise<boolean> {
  if (stock !== undefined) return async (path, file) => !(await isSameFile(join(install, path), join(stock, path), file.size));
  let stockTime: Promise<number> | null = null;
  return async (path, file) => {
    if (customised.some((pattern) => pattern.test(path))) return true;
    stockTime ??= timeOfStock(install);
    return file.mtimeMs > (await stockTime) + day;
  };
}

/** When the files of Confluence itself were written; 0 (everything differs) when that cannot be told. */
async function timeOfStock(install: string): Promise<number> {
  const library = join(install, 'confluence', 'WEB-INF', 'lib');
  try {
    const names = await readdir(library);
    const own = names.filter((name) => /(^|_)confluence-\d[\w.-]*\.jar$/.test(name));
    const times = await Promise.all(own.map(async (name) => (await stat(join(library, name))).mtimeMs));
    return times.length > 0 ? Math.max(...times) : 0;
  } catch {
    return 0;
  }
}

async function isSameFile(path: string, other: string, size: number): Promise<boolean> {
  try {
    if ((await stat(other)).size !== size) return false;
    const streams = [createReadStream(path), createReadStream(other)].map((stream) => stream[Symbol.asyncIterator]());
    for (;;) {
      const [a, b] = await Promise.all(streams.map((stream) => stream.next()));
      if (a.done || b.done) return a.done === b.done;
      if (!(a.value as Buffer).equals(b.value as Buffer)) return false;
    }
  } catch {
    return false;
  }
}

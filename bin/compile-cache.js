import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/**
 * Where Node keeps what it made of the source files, which halves the time to start: a folder of the account, made when it is not there. What lies in
 * it is run, so it must be one that nobody else can change or put another in the place of; null where there is none. The home is that of the
 * account and not $HOME, which under sudo may be somebody else's.
 * @param {Record<string, string | undefined>} env
 * @returns {string | null}
 */
export function compileCache(env) {
  const own = process.geteuid?.();
  if (own === undefined) return null;
  try {
    const caches = isAbsolute(env.XDG_CACHE_HOME ?? '') ? env.XDG_CACHE_HOME : join(userInfo().homedir, '.cache');
    const folder = join(caches, 'oxbow', 'compile');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const real = realpathSync(folder);
    for (let at = real; ; at = dirname(at)) {
      const { uid, mode } = statSync(at);
      // In a folder with the sticky bit (/tmp) others can add, but not rename or remove what is ours.
      const isOpen = (mode & 0o022) !== 0 && (at === real || (mode & 0o1000) === 0);
      if (isOpen || (uid !== own && uid !== 0)) return null;
      if (dirname(at) === at) return real;
    }
  } catch {
    return null;
  }
}

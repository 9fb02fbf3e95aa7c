import { execFileSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { OxbowError } from '#base/errors.ts';

/** Whom PostgreSQL runs as. Empty: as ourselves. */
export interface ServiceAccount {
  uid?: number;
  gid?: number;
}

/** PostgreSQL refuses to run as root; these are asked for in turn. */
const accounts = ['oxbow', 'postgres', 'nobody'];

/**
 * The account for a server with the data folder `dataFolder`. For root it is the one that owns the data, for new data the first of
 * oxbow, postgres and nobody that exists; for anyone else it is themselves.
 * Throws SANDBOX_OTHER_OWNER when the data belongs to somebody else and we are not root.
 */
export async function serviceAccount(dataFolder: string): Promise<ServiceAccount> {
  const me = process.getuid?.() ?? -1;
  const owner = await stat(dataFolder).catch(() => null);
  if (me !== 0) {
    if (owner && owner.uid !== me) {
      throw new OxbowError(
        'SANDBOX_OTHER_OWNER',
        `The database in ${dataFolder} belongs to another account (uid ${owner.uid}).`,
        {
          hint: 'Run Oxbow as that account, or as root.',
        },
      );
    }
    return {};
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of accounts) {
    try {
      const id = (option: string) =>
        Number(execFileSync('id', [option, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // Not on this machine: the next one.
    }
  }
  throw new OxbowError(
    'SANDBOX_START_FAILED',
    'PostgreSQL does not run as root, and there is no account oxbow, postgres or nobody.',
    {
      hint: 'Create one (useradd --system oxbow), run Oxbow as an ordinary account, or give a database URL.',
    },
  );
}

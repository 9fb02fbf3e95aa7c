import { OxbowError } from '#base/errors.ts';
import { createSandbox, dropSandbox } from '#sites/live/sandbox/sandbox.ts';
import type { Application } from '../application.ts';
import { isRegisteredName } from '../config/read-server-config.ts';
import { addSite, listSites, type RegisteredSite } from './registered-sites.ts';

/** Product version and build that an empty sandbox says it is. */
export interface SandboxVersion {
  version?: string | undefined;
  buildNumber?: number | undefined;
}

/**
 * Makes an empty sandbox, with a PostgreSQL of its own in the data folder, and knows it as a site of the same name. When the second fails, the first is
 * undone. Errors: SITE_EXISTS, SITE_NAME_INVALID, SANDBOX_EXISTS, SANDBOX_LEFT.
 */
export async function addSandbox(
  app: Application,
  name: string,
  { version, buildNumber }: SandboxVersion = {},
): Promise<RegisteredSite> {
  // Before anything is made.
  if (!isRegisteredName(name)) {
    throw new OxbowError('SITE_NAME_INVALID', `"${name}" cannot be the name of a site.`, {
      hint: 'A name has small letters, digits and hyphens, at most 40.',
    });
  }
  if ((await listSites(app)).some((one) => one.name === name)) {
    throw new OxbowError('SITE_EXISTS', `There is a site "${name}" already.`, { hint: 'Choose another name.' });
  }
  await createSandbox(app.data, name, {
    now: app.now(),
    env: app.env,
    ...(version === undefined ? {} : { version }),
    ...(buildNumber === undefined ? {} : { buildNumber }),
  });
  try {
    return await addSite(app, { name, sandbox: name });
  } catch (error) {
    await dropSandbox(app.data, name).catch((cause: unknown) => {
      throw new OxbowError(
        'SANDBOX_LEFT',
        `The sandbox "${name}" was made but could not be added as a site, nor removed again.`,
        {
          hint: `Remove it with: oxbow sandbox drop ${name}`,
          cause,
        },
      );
    });
    throw error;
  }
}

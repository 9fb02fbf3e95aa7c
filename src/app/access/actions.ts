import type { Scope } from './caller.ts';

export interface ActionRule {
  scope: Scope;
  /**
   * server: administrators of the server; site: system administrators of the site (and of the server); export: whoever may export every named
   * space; administer: whoever administers every named space; signed-in: everybody who is signed in, and what he sees is narrowed to what is his.
   */
  needs: 'server' | 'site' | 'export' | 'administer' | 'signed-in';
}

/** Everything that can be asked for, and who may. Routes and jobs name one of these. */
export const actions = {
  /** Who am I, my jobs, my tokens. */
  'see-own': { scope: 'read', needs: 'signed-in' },
  'manage-own-tokens': { scope: 'administer', needs: 'signed-in' },
  'see-site': { scope: 'read', needs: 'site' },
  'see-server': { scope: 'read', needs: 'server' },
  'back-up-site': { scope: 'backup', needs: 'site' },
  'back-up-space': { scope: 'backup', needs: 'export' },
  'download-site': { scope: 'download', needs: 'site' },
  'download-space': { scope: 'download', needs: 'export' },
  /** Pages and files out of a snapshot, compare. */
  'read-content': { scope: 'read', needs: 'site' },
  restore: { scope: 'restore', needs: 'site' },
  /** Of spaces, out of what Oxbow wrote itself. */
  'restore-space': { scope: 'restore', needs: 'administer' },
  upload: { scope: 'restore', needs: 'site' },
  'list-restore-files': { scope: 'restore', needs: 'site' },
  'clear-queue': { scope: 'administer', needs: 'site' },
  /** Check, drill, export, tags, protection, forget of a vault, prune, retention, copy. */
  'work-on-vault': { scope: 'backup', needs: 'server' },
  'manage-schedules': { scope: 'administer', needs: 'site' },
  'manage-notifications': { scope: 'administer', needs: 'server' },
  'manage-sites': { scope: 'administer', needs: 'server' },
  'manage-vaults': { scope: 'administer', needs: 'server' },
  'see-audit': { scope: 'read', needs: 'server' },
} as const satisfies Record<string, ActionRule>;

export type Action = keyof typeof actions;

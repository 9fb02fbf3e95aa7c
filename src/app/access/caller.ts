/** What a token may be used for. It narrows what its owner may do, and never widens it. */
export const scopes = ['read', 'backup', 'restore', 'download', 'administer'] as const;
export type Scope = (typeof scopes)[number];

/** What somebody may do in one site, by the permissions of its Confluence. */
export interface SitePermissions {
  systemAdministrator: boolean;
  /** SETSPACEPERMISSIONS of the space. */
  administers(spaceKey: string): boolean;
  /** EXPORTSPACE of the space, or its administration. */
  mayExport(spaceKey: string): boolean;
  /** The spaces that the person administers or may export, sorted. Of a system administrator: empty, for it is all of them. */
  spaceKeys: readonly string[];
}

/** Who asks. */
export interface Caller {
  /** Lower-case user name; unique in its realm. */
  name: string;
  displayName: string;
  /** `local` for accounts of Oxbow itself, else the name of the site whose Confluence knows the account. */
  realm: string;
  /** The bootstrap account, and system administrators of the default site. */
  isServerAdministrator: boolean;
  /** Null when not limited by a token. */
  scopes: ReadonlySet<Scope> | null;
  /** The token that was shown, if any. */
  tokenId: string | null;
  permissions(site: string): Promise<SitePermissions>;
}

export const noPermissions: SitePermissions = {
  systemAdministrator: false,
  administers: () => false,
  mayExport: () => false,
  spaceKeys: [],
};

export const allPermissions: SitePermissions = {
  systemAdministrator: true,
  administers: () => true,
  mayExport: () => true,
  spaceKeys: [],
};

/** The configuration of a server, checked. Sites and vaults of the file are joined with those that were added with the CLI or the API. */
export interface ServerConfig {
  /** The file that was read; null: only the environment. It holds no secret, for those are refused in it. */
  file: { path: string; text: string } | null;
  /** Null: the embedded PostgreSQL. */
  controlDatabaseUrl: string | null;
  listen: { host: string; port: number };
  /** The address that people and programs use, without a slash at the end; cookies are Secure when it is https. */
  baseUrl: string;
  tls: { certificate: string; key: string } | null;
  /** Proxies whose X-Forwarded-For and -Proto are believed (addresses, networks). */
  trustedProxies: string[];
  /** Jobs that one server runs at the same time. Default 2. */
  parallelJobs: number;
  /** MiB of JavaScript heap of one worker. Default 768. */
  workerMemory: number;
  /** Days that jobs stay in the list after they are over. Default 90; activity shows two weeks. */
  keepJobsDays: number;
  /** Hours after which XML backups are deleted that are not kept permanently. Default 72. */
  keepFilesHours: number;
  /** Bytes that must stay free where backups are written. Default 1 GiB. */
  minimumFreeBytes: number;
  /** Whether /metrics answers everybody. Default false: administrators of the server and their tokens. */
  publicMetrics: boolean;
  /** What the server keeps of itself in its vaults, so that it can be built again. Default with-secrets. */
  keepInVaults: KeepInVaults;
  sites: ConfiguredSite[];
  vaults: ConfiguredVault[];
  smtp: SmtpSettings | null;
}

/** The secrets: passwords of databases and addresses of channels that the server itself keeps. Never passphrases of vaults. */
export const keepChoices = ['with-secrets', 'without-secrets', 'nothing'] as const;
export type KeepInVaults = (typeof keepChoices)[number];

/** One site, from the file, the CLI or the API. */
export interface ConfiguredSite {
  name: string;
  /** A sandbox of the data folder; else databaseUrl and home. */
  sandbox?: string | undefined;
  /** Without a password. */
  databaseUrl?: string | undefined;
  /** Where the password is: in memory only, or a variable of the environment, or a file. */
  databasePassword?: string | undefined;
  databasePasswordVariable?: string | undefined;
  databasePasswordFile?: string | undefined;
  home?: string | undefined;
  localHome?: string | undefined;
  install?: string | undefined;
  /** Base URLs of its nodes, asked for their build numbers: several that differ mean a rolling upgrade. */
  nodeUrls?: string[] | undefined;
  /** Requests to this host mean this site. */
  host?: string | undefined;
  /** Where XML backups lie: site/ and space/ below it. Default <home>/restore. */
  backupFolder?: string | undefined;
  /** Sessions that read its database at the same time. Default 2. */
  readers?: number | undefined;
  /** Bytes of it read a second. */
  limitRate?: number | undefined;
  isDefault?: boolean | undefined;
}

/** One vault, from the file, the CLI or the API. */
export interface ConfiguredVault {
  name: string;
  /** A folder or s3://bucket/prefix. */
  location: string;
  s3Endpoint?: string | undefined;
  s3Region?: string | undefined;
  s3PathStyle?: boolean | undefined;
  /** In memory only. */
  passphrase?: string | undefined;
  passphraseVariable?: string | undefined;
  passphraseFile?: string | undefined;
  limitRate?: number | undefined;
}

export interface SmtpSettings {
  host: string;
  port: number;
  secure: boolean;
  user?: string | undefined;
  passwordVariable?: string | undefined;
  passwordFile?: string | undefined;
  from: string;
}

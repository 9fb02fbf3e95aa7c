import { readFile } from 'node:fs/promises';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { Environment } from '../application.ts';
import { ConfigNode } from './config-node.ts';
import { type ConfiguredSite, type ConfiguredVault, keepChoices, type ServerConfig, type SmtpSettings } from './server-config.ts';

export const defaultPort = 8090;
const nameForm = /^[a-z0-9][a-z0-9-]{0,39}$/;
const gibibyte = 1024 ** 3;

/**
 * The configuration of the server: a YAML file (may be absent), then the environment, which wins. Everything that is wrong is told at once, with
 * line and column. Errors: CONFIG_UNREADABLE, CONFIG_INVALID.
 */
export async function readServerConfig(file: string | undefined, env: Environment): Promise<ServerConfig> {
  const path = file ?? env.OXBOW_CONFIG;
  const text = path === undefined ? '' : await readText(path);
  const { root, problems } = ConfigNode.parse(text, path ?? 'in the environment');
  const top = root.map([
    'controlDatabase',
    'listen',
    'baseUrl',
    'tls',
    'behindProxy',
    'trustedProxies',
    'parallelJobs',
    'workerMemory',
    'keepJobsDays',
    'keepFilesHours',
    'minimumFree',
    'sites',
    'vaults',
    'smtp',
    'publicMetrics',
    'keepInVaults',
  ]);
  const control = top.controlDatabase.map(['url', 'passwordVariable', 'passwordFile']);
  const tlsNode = top.tls.map(['certificate', 'key']);
  const tls = top.tls.isMissing
    ? null
    : {
        certificate: tlsNode.certificate.required(tlsNode.certificate.text()) ?? '',
        key: tlsNode.key.required(tlsNode.key.text()) ?? '',
      };
  // A problem of the environment has no line.
  const wrongListen = (message: string) =>
    env.OXBOW_LISTEN === undefined ? top.listen.wrong(message) : problems.add(null, `OXBOW_LISTEN: ${message}`);
  const listenText = env.OXBOW_LISTEN ?? top.listen.text() ?? `127.0.0.1:${defaultPort}`;
  const listen = parseListen(listenText) ?? { host: '127.0.0.1', port: defaultPort };
  if (parseListen(listenText) === null) wrongListen('expected HOST:PORT');
  const behindProxyOfFile = top.behindProxy.flag() ?? false;
  const behindProxy = env.OXBOW_BEHIND_PROXY === undefined ? behindProxyOfFile : env.OXBOW_BEHIND_PROXY === 'true';
  if (!isLoopback(listen.host) && tls === null && !behindProxy) {
    wrongListen(
      `${listen.host} can be reached from elsewhere, and passwords would travel in the clear: set tls, or behindProxy: true when a proxy ends TLS`,
    );
  }
  const baseUrlOfFile = top.baseUrl.url(['http', 'https']);
  if (env.OXBOW_BASE_URL !== undefined && !/^https?:$/.test(URL.parse(env.OXBOW_BASE_URL)?.protocol ?? ''))
    problems.add(null, 'OXBOW_BASE_URL: expected an address that begins with http:// or https://');
  const baseUrl =
    env.OXBOW_BASE_URL ??
    baseUrlOfFile ??
    `${tls ? 'https' : 'http'}://${listen.host === '0.0.0.0' || listen.host === '::' ? 'localhost' : hostForUrl(listen.host)}:${listen.port}`;
  const [siteNodes, vaultNodes] = [top.sites.list(), top.vaults.list()];
  const sites = siteNodes.map(readSite);
  const vaults = vaultNodes.map(readVault);
  for (const [list, nodes] of [[sites, siteNodes] as const, [vaults, vaultNodes] as const]) {
    list.forEach(({ name }, i) => {
      const isTaken = name !== '' && list.findIndex((other) => other.name === name) < i;
      if (isTaken) nodes[i].wrong(`the name "${name}" is taken already`);
    });
  }
  if (sites.filter((site) => site.isDefault).length > 1) top.sites.wrong('only one site can be the default');
  const controlUrl = control.url.url(['postgres', 'postgresql']);
  if (controlUrl && URL.parse(controlUrl)?.password) control.url.wrong(noPassword('passwordVariable or passwordFile'));
  const controlPassword = {
    variable: control.passwordVariable.text() ?? 'OXBOW_CONTROL_DATABASE_PASSWORD',
    file: control.passwordFile.text(),
  };
  const config: ServerConfig = {
    file: path === undefined ? null : { path, text },
    controlDatabaseUrl: null,
    listen,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    tls,
    trustedProxies: top.trustedProxies.list().flatMap((node) => node.text() ?? []),
    parallelJobs: top.parallelJobs.whole(1, 64) ?? 2,
    workerMemory: top.workerMemory.whole(128, 65_536) ?? 768,
    keepJobsDays: top.keepJobsDays.whole(14, 36_500) ?? 90,
    keepFilesHours: top.keepFilesHours.whole(1, 87_600) ?? 72,
    minimumFreeBytes: top.minimumFree.bytes() ?? gibibyte,
    publicMetrics: top.publicMetrics.flag() ?? false,
    keepInVaults: top.keepInVaults.choice(keepChoices) ?? 'with-secrets',
    sites,
    vaults,
    smtp: readSmtp(top.smtp),
  };
  problems.throwIfAny();
  return {
    ...config,
    controlDatabaseUrl: await withSecret(env.OXBOW_CONTROL_DATABASE_URL ?? controlUrl ?? null, controlPassword, env),
  };
}

function readSite(node: ConfigNode): ConfiguredSite {
  const n = node.map([
    'name',
    'sandbox',
    'databaseUrl',
    'databasePasswordVariable',
    'databasePasswordFile',
    'home',
    'localHome',
    'install',
    'nodeUrls',
    'host',
    'backupFolder',
    'readers',
    'limitRate',
    'default',
  ]);
  const site: ConfiguredSite = {
    name: readName(n.name),
    sandbox: n.sandbox.text(),
    databaseUrl: n.databaseUrl.url(['postgres', 'postgresql']),
    databasePasswordVariable: n.databasePasswordVariable.text(),
    databasePasswordFile: n.databasePasswordFile.text(),
    home: n.home.text(),
    localHome: n.localHome.text(),
    install: n.install.text(),
    nodeUrls: n.nodeUrls.isMissing ? undefined : n.nodeUrls.list().flatMap((url) => url.url(['http', 'https']) ?? []),
    host: n.host.text()?.toLowerCase(),
    backupFolder: n.backupFolder.text(),
    readers: n.readers.whole(1, 32),
    limitRate: n.limitRate.bytes(),
    isDefault: n.default.flag(),
  };
  if (site.sandbox === undefined) {
    if (site.databasePasswordFile === undefined) site.databasePasswordVariable ??= 'OXBOW_DATABASE_PASSWORD';
    n.databaseUrl.required(site.databaseUrl);
    n.home.required(site.home);
  } else if (site.databaseUrl !== undefined) n.databaseUrl.wrong('a site is a sandbox or a database, not both');
  if (site.databaseUrl && URL.parse(site.databaseUrl)?.password) {
    n.databaseUrl.wrong(noPassword('databasePasswordVariable or databasePasswordFile'));
  }
  return site;
}

function readVault(node: ConfigNode): ConfiguredVault {
  const n = node.map([
    'name',
    'location',
    's3Endpoint',
    's3Region',
    's3PathStyle',
    'passphraseVariable',
    'passphraseFile',
    'limitRate',
  ]);
  const vault: ConfiguredVault = {
    name: readName(n.name),
    location: n.location.required(n.location.text()) ?? '',
    s3Endpoint: n.s3Endpoint.url(['http', 'https']),
    s3Region: n.s3Region.text(),
    s3PathStyle: n.s3PathStyle.flag(),
    passphraseVariable: n.passphraseVariable.text(),
    passphraseFile: n.passphraseFile.text(),
    limitRate: n.limitRate.bytes(),
  };
  if (vault.passphraseVariable === undefined && vault.passphraseFile === undefined) vault.passphraseVariable = 'OXBOW_PASSPHRASE';
  return vault;
}

function noPassword(instead: string): string {
  return `no password here, for the file can be read and is kept in the vaults: use ${instead}`;
}

function readSmtp(node: ConfigNode): SmtpSettings | null {
  if (node.isMissing) return null;
  const n = node.map(['host', 'port', 'secure', 'user', 'passwordVariable', 'passwordFile', 'from']);
  return {
    host: n.host.required(n.host.text()) ?? '',
    port: n.port.whole(1, 65_535) ?? 587,
    secure: n.secure.flag() ?? false,
    user: n.user.text(),
    passwordVariable: n.passwordVariable.text(),
    passwordFile: n.passwordFile.text(),
    from: n.from.required(n.from.text()) ?? '',
  };
}

/** Names of sites and vaults stand in paths of URLs and names of queues. */
export function isRegisteredName(name: string): boolean {
  return nameForm.test(name);
}

function readName(node: ConfigNode): string {
  const name = node.required(node.text());
  if (name !== undefined && !isRegisteredName(name)) node.wrong('a name has small letters, digits and hyphens, at most 40');
  return name ?? '';
}

/** HOST:PORT, [IPv6]:PORT, or PORT alone. */
export function parseListen(text: string): { host: string; port: number } | null {
  const match = /^(?:(?:\[([0-9a-fA-F:]+)\]|([^:[\]\s]+)):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return null;
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port };
}

function hostForUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** The URL with the password that a variable or a file holds, if the URL has none. */
export async function withSecret(
  url: string | null,
  source: { variable?: string | undefined; file?: string | undefined },
  env: Environment,
): Promise<string | null> {
  if (url === null) return null;
  const parsed = URL.parse(url);
  if (parsed?.password !== '') return url;
  const secret = await readSecret(source, env);
  if (secret === null) return url;
  parsed.password = encodeURIComponent(secret);
  return parsed.href;
}

/** The first line of the file, else the variable; null when neither is set. Errors: SECRET_FILE. */
export async function readSecret(
  source: { variable?: string | undefined; file?: string | undefined },
  env: Environment,
): Promise<string | null> {
  if (source.file !== undefined) {
    try {
      return (await readFile(source.file, 'utf8')).split(/\r?\n/, 1)[0];
    } catch (error) {
      throw new OxbowError(
        'SECRET_FILE',
        `The file ${source.file}, which holds a password, cannot be read: ${systemErrorCode(error)}.`,
        {
          hint: 'Check the path and its permissions.',
          cause: error,
        },
      );
    }
  }
  return (source.variable === undefined ? undefined : env[source.variable]) ?? null;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new OxbowError('CONFIG_UNREADABLE', `The configuration ${path} cannot be read: ${systemErrorCode(error)}.`, {
      hint: 'Check --config or OXBOW_CONFIG, and the permissions of the file.',
      cause: error,
    });
  }
}

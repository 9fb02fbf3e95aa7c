import { resolve } from 'node:path';
import { OxbowError } from '#base/errors.ts';
import { openFolderStore } from './folder-store.ts';
import { type RetryOptions, RetryStore, withRetries } from './retry-store.ts';
import type { Store } from './store.ts';
import { ThrottledStore } from './throttled-store.ts';

export interface StoreOptions {
  now: () => Date;
  /** Makes the folder; a bucket must be there. */
  create?: boolean;
  /** Bytes a second for reading and writing together. */
  limitRate?: number;
  /** URL of another S3 than Amazon's. Default: OXBOW_S3_ENDPOINT, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL. */
  endpoint?: string;
  /** Default: OXBOW_S3_REGION, AWS_REGION, AWS_DEFAULT_REGION. */
  region?: string;
  /** Default: OXBOW_S3_PATH_STYLE ("true" or "false"), else true with an endpoint. */
  pathStyle?: boolean;
  /** Milliseconds without a byte after which a connection to a bucket counts as lost. Default: a minute. */
  timeout?: number;
  /** How a bucket that does not answer is asked again. */
  retry?: RetryOptions;
}

/** Of a bucket that never answered nobody knows whether it ever will: the name of the endpoint may be wrong. */
const openingAttempts = 4;

/**
 * Opens the place of a vault: a folder, or `s3://bucket/prefix`, with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) of the
 * environment or whatever else the SDK of S3 finds. Errors: STORE_LOCATION_INVALID, and those of opening the store.
 */
export async function openStore(
  location: string,
  options: StoreOptions,
  env: Record<string, string | undefined>,
): Promise<Store> {
  const { limitRate } = options;
  const throttled = (store: Store) => (limitRate ? new ThrottledStore(store, limitRate) : store);
  const place = readLocation(location);
  if ('folder' in place) return throttled(await openFolderStore(resolve(place.folder), options));
  // The client of S3 takes longer to load than all the rest: only who uses it pays for it.
  const { openS3Store } = await import('./s3-store.ts');
  const settings = { ...place, ...s3Settings(options, env), now: options.now };
  const store = await withRetries(() => openS3Store(settings), { attempts: openingAttempts, ...options.retry });
  // What is sent again is counted again.
  return new RetryStore(throttled(store), options.retry);
}

/** What a location means. Throws STORE_LOCATION_INVALID, without repeating what might be a password. */
export function readLocation(location: string): { folder: string } | { bucket: string; prefix: string } {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(location)?.[1]?.toLowerCase();
  if (location.trim() === '') throw invalid('The location of a vault is empty.');
  if (scheme === undefined) return { folder: location };
  if (scheme !== 's3') throw invalid(`Vaults do not lie at ${scheme}:// addresses.`);
  const [bucket, ...segments] = location.slice('s3://'.length).replace(/\/$/, '').split('/');
  if (bucket.includes('@')) throw invalid('A location holds no user, password or key.');
  if (!/^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$/i.test(bucket)) throw invalid(`'${bucket}' is not the name of a bucket.`);
  if (segments.some((segment) => !/^[A-Za-z0-9!_.*'()-]+$/.test(segment) || /^\.+$/.test(segment))) {
    throw invalid(`'${segments.join('/')}' cannot be the beginning of the keys of a vault.`);
  }
  return { bucket, prefix: segments.join('/') };
}

function s3Settings(options: StoreOptions, env: Record<string, string | undefined>) {
  const endpoint = options.endpoint || env.OXBOW_S3_ENDPOINT || env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  const region = options.region || env.OXBOW_S3_REGION || env.AWS_REGION || env.AWS_DEFAULT_REGION;
  const pathStyle = options.pathStyle ?? readFlag('OXBOW_S3_PATH_STYLE', env);
  if (endpoint) assertEndpoint(endpoint);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env;
  return {
    ...(endpoint && { endpoint }),
    ...(region && { region }),
    ...(options.timeout !== undefined && { timeout: options.timeout }),
    ...(pathStyle !== undefined && { pathStyle }),
    ...(accessKeyId &&
      secretAccessKey && { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } }),
  };
}

function assertEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw invalid('The endpoint of S3 is not a URL that begins with https:// or http://.');
  }
  if (url.username !== '' || url.password !== '') throw invalid('The endpoint of S3 holds no user, password or key.');
}

function readFlag(name: string, env: Record<string, string | undefined>): boolean | undefined {
  const value = env[name]?.toLowerCase();
  if (!value) return undefined;
  if (['true', '1', 'yes'].includes(value)) return true;
  if (['false', '0', 'no'].includes(value)) return false;
  throw invalid(`${name} is neither true nor false.`);
}

function invalid(message: string): OxbowError {
  return new OxbowError('STORE_LOCATION_INVALID', message, {
    hint: 'Write the path of a folder, or s3://bucket/prefix with OXBOW_S3_ENDPOINT, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY set.',
  });
}

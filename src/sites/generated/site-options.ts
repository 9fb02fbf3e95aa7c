import { OxbowError } from '#base/errors.ts';

export interface GeneratedSiteOptions {
  /** Current pages, those of the trash and drafts not counted. */
  pages: number;
  /** Global spaces. Default: about the square root of the pages, by three. */
  spaces?: number;
  /** Default: one for each ten users, at most 50. */
  personalSpaces?: number;
  /** Any whole number; two sites of one seed and the same other options are the same byte for byte. */
  seed?: number;
  /** Current attachments, those of the trash not counted. Default: six for each ten pages. */
  attachments?: number;
  /** Bytes of all files together, all versions and the trash. Default: 16 KiB each, at most 256 MiB. */
  attachmentBytes?: number;
  users?: number;
  groups?: number;
  /** Mean number of historical versions of a page. */
  history?: number;
  /** Mean number of comments of a page. */
  comments?: number;
  productVersion?: string;
  buildNumber?: number;
  /** When the last change was, milliseconds since 1970. The first was eight years before. */
  now?: number;
}

export type ResolvedOptions = Required<GeneratedSiteOptions>;

/** 2024-05-01 12:00:00. */
const defaultNow = 1_714_564_800_000;

const bounds: Record<Exclude<keyof GeneratedSiteOptions, 'productVersion'>, [number, number]> = {
  pages: [1, 50_000_000],
  spaces: [1, 100_000],
  personalSpaces: [0, 100_000],
  seed: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  attachments: [0, 50_000_000],
  attachmentBytes: [0, 1e14],
  users: [20, 1_000_000],
  groups: [5, 100_000],
  history: [0, 100],
  comments: [0, 100],
  buildNumber: [1, 99_999],
  now: [946_684_800_000, 4_102_444_800_000],
};

/** The options with their defaults. Error: GENERATE_OPTION_INVALID. */
export function resolveOptions(options: GeneratedSiteOptions): ResolvedOptions {
  const pages = options.pages;
  const users = options.users ?? Math.min(2000, Math.max(25, Math.round(Math.sqrt(pages) * 2)));
  const spaces = options.spaces ?? Math.min(pages, Math.max(3, Math.round(Math.sqrt(pages) / 3)));
  const attachments = options.attachments ?? Math.round(pages * 0.6);
  const resolved: ResolvedOptions = {
    pages,
    users,
    spaces,
    attachments,
    seed: options.seed ?? 1,
    personalSpaces: options.personalSpaces ?? Math.min(50, Math.floor(users / 10), Math.max(0, pages - spaces)),
    attachmentBytes: options.attachmentBytes ?? Math.min(256 * 1024 * 1024, attachments * 16 * 1024),
    groups: options.groups ?? Math.max(10, Math.round(users / 12)),
    history: options.history ?? 1.5,
    comments: options.comments ?? 0.8,
    productVersion: options.productVersion ?? '8.5.6',
    buildNumber: options.buildNumber ?? 9012,
    now: options.now ?? defaultNow,
  };
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const value = resolved[name as keyof typeof bounds];
    const fractional = name === 'history' || name === 'comments';
    if (value >= least && value <= most && (fractional || Number.isInteger(value))) continue;
    throw invalid(`${name} cannot be ${value}.`, `Give a ${fractional ? '' : 'whole '}number from ${least} to ${most}.`);
  }
  if (resolved.spaces + resolved.personalSpaces > pages)
    throw invalid(
      `${pages} pages are too few for ${resolved.spaces + resolved.personalSpaces} spaces.`,
      'Every space has a home page: ask for more pages or fewer spaces.',
    );
  if (resolved.personalSpaces > users)
    throw invalid(`${users} users cannot have ${resolved.personalSpaces} personal spaces.`, 'Ask for more users.');
  return resolved;
}

function invalid(message: string, hint: string): OxbowError {
  return new OxbowError('GENERATE_OPTION_INVALID', message, { hint });
}

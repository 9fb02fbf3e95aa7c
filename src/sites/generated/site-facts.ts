import { type ContentCounts, type ContentId, contentIds } from './content-ids.ts';
import { makePageTree, type PageTree } from './page-tree.ts';
import { makePeople, type People } from './people.ts';
import { type Hash, hasher } from './prng.ts';
import type { ResolvedOptions } from './site-options.ts';
import { makeSpaces, type Spaces } from './spaces.ts';
import { logNormalWeights, type Spread, spread } from './spread.ts';
import { makeTitles, type Titles } from './titles.ts';

/** Pages and blog posts carry the same things: as hosts they are numbered pages first, then blog posts. */
export interface Hosts {
  count: number;
  isBlog(host: number): boolean;
  id(host: number): number;
  space(host: number): number;
  created(host: number): number;
}

/** How what hangs on pages is shared by them. */
export interface Shares {
  history: Spread;
  comments: Spread;
  inlineComments: Spread;
  attachments: Spread;
  attachmentHistory: Spread;
  links: Spread;
  labels: Spread;
  watches: Spread;
  likes: Spread;
}

/** Everything that is true of a generated site, as functions of numbers. Rows and bodies are only its writing down. */
export interface SiteFacts {
  options: ResolvedOptions;
  hash(kind: string): Hash;
  people: People;
  spaces: Spaces;
  tree: PageTree;
  titles: Titles;
  counts: ContentCounts;
  id: ContentId;
  shares: Shares;
  hosts: Hosts;
  /** Key of the user who made the n-th thing of a kind; null: anonymous, or a user whom nobody knows any more. */
  author(kind: number, n: number): string | null;
  /** Key of a user. */
  user(kind: number, n: number): string;
  pageCreated(page: number): number;
  /** When the version (from 1, of `versions`) was saved. */
  saved(created: number, version: number, versions: number): number;
  blogSpace(blog: number): number;
  /** Attachments of space descriptions (logos) and of profiles (pictures) come behind those of pages and blog posts. */
  logos: number;
  pictures: number;
}

export function siteFacts(options: ResolvedOptions): SiteFacts {
  const { seed, pages, now } = options;
  const people = makePeople(options);
  const spaces = makeSpaces(options, people);
  const tree = makePageTree(seed, spaces);
  const titles = makeTitles(seed, spaces, people);
  const logos = Math.min(Math.ceil(spaces.count / 4), Math.floor(options.attachments / 20));
  const pictures = Math.min(Math.ceil(people.users / 5), Math.floor(options.attachments / 20));
  const counts = contentCounts(options, people, spaces);
  const id = contentIds(counts);
  const shares = makeShares(options, counts, counts.attachment - logos - pictures);
  const userHash = hasher(seed, 'user');
  const timeHash = hasher(seed, 'time');
  const blogHash = hasher(seed, 'blog-space');
  const user = (kind: number, n: number) => people.key(skewedUser(userHash(n, kind), people.users));
  const blogSpace = (blog: number) => blogHash(blog) % spaces.count;
  const pageCreated = (page: number) => {
    const space = spaces.ofPage(page);
    const first = spaces.firstPage(space);
    const begin = spaces.created(space);
    const share = (page - first + timeHash(page) / 4294967296) / (spaces.firstPage(space + 1) - first);
    return page === first ? begin : begin + Math.floor((now - begin) * 0.95 * share);
  };
  const blogCreated = (blog: number) => {
    const begin = spaces.created(blogSpace(blog));
    return begin + Math.floor((now - begin) * (timeHash(blog, 1) / 4294967296));
  };
  return {
    options,
    hash: (kind) => hasher(seed, kind),
    people,
    spaces,
    tree,
    titles,
    counts,
    id,
    shares,
    logos,
    pictures,
    user,
    author: (kind, n) => (userHash(n, kind + 1000) % 113 === 0 ? null : user(kind, n)),
    pageCreated,
    blogSpace,
    saved: (created, version, versions) => {
      if (version === 1) return created;
      const share = (version - 1 + timeHash(Math.floor(created / 1000) % 1e9, version) / 4294967296) / (versions + 1);
      return created + Math.floor((now - created) * share);
    },
    hosts: {
      count: pages + counts.blog,
      isBlog: (host) => host >= pages,
      id: (host) => (host < pages ? id('page', host) : id('blog', host - pages)),
      space: (host) => (host < pages ? spaces.ofPage(host) : blogSpace(host - pages)),
      created: (host) => (host < pages ? pageCreated(host) : blogCreated(host - pages)),
    },
  };
}

/** Few users write most. */
function skewedUser(random: number, users: number): number {
  const share = random / 4294967296;
  return Math.floor(users * share * share);
}

function contentCounts(options: ResolvedOptions, people: People, spaces: Spaces): ContentCounts {
  const { pages, attachments } = options;
  const blogs = Math.floor(pages / 15);
  const comments = Math.round(pages * options.comments);
  const inline = Math.floor(comments * 0.15);
  const replies = Math.ceil(inline / 3);
  const onFiles = Math.min(Math.floor(attachments / 50), Math.floor(comments / 50));
  return {
    globalDescription: 1,
    profile: people.users,
    spaceDescription: spaces.count,
    spaceDescriptionHistory: Math.ceil(spaces.count / 3),
    page: pages,
    pageHistory: Math.round(pages * options.history),
    pageDraft: Math.ceil(pages / 31),
    newDraft: Math.floor(pages / 60),
    trashedPage: Math.floor(pages / 40),
    blog: blogs,
    blogHistory: Math.ceil(blogs / 3),
    blogDraft: Math.ceil(blogs / 20),
    trashedBlog: Math.floor(blogs / 25),
    comment: comments - inline - replies - onFiles,
    inlineComment: inline,
    inlineReply: replies,
    fileComment: onFiles,
    attachment: attachments,
    attachmentHistory: Math.floor(attachments * 0.3),
    trashedAttachment: Math.floor(attachments / 25),
    custom: Math.floor(pages / 12),
  };
}

function makeShares(options: ResolvedOptions, counts: ContentCounts, onHosts: number): Shares {
  const { seed, pages } = options;
  const hosts = pages + counts.blog;
  const weights = (kind: string, period: number, none: number, sigma: number, limit: number) =>
    logNormalWeights(seed, kind, period, { none, sigma, limit });
  return {
    history: spread(counts.pageHistory, pages, weights('history', 4093, 0.3, 1.1, 30)),
    comments: spread(counts.comment, hosts, weights('comments', 2039, 0.7, 1.2, 40)),
    inlineComments: spread(counts.inlineComment, pages, weights('inline', 3067, 0.85, 0.8, 12)),
    attachments: spread(onHosts, hosts, weights('attachments', 3581, 0.7, 1.3, 80)),
    attachmentHistory: spread(counts.attachmentHistory, counts.attachment, weights('attachment-history', 1021, 0.8, 0.8, 15)),
    links: spread(Math.round(pages * 2), pages, weights('links', 2557, 0.4, 1, 30)),
    labels: spread(Math.round(hosts * 0.8), hosts, weights('labels', 1531, 0.5, 0.6, 6)),
    watches: spread(Math.round(hosts * 0.7), hosts, weights('watches', 1789, 0.5, 0.7, 8)),
    likes: spread(Math.round(hosts * 0.35), hosts, weights('likes', 1279, 0.75, 0.8, 6)),
  };
}

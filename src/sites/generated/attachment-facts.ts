import type { SiteFacts } from './site-facts.ts';
import { logNormalWeights, type Spread, spread } from './spread.ts';

export type FileFamily = 'csv' | 'text' | 'png' | 'jpeg' | 'pdf' | 'zip';

export interface FileKind {
  family: FileFamily;
  extension: string;
  mediaType: string;
}

const png: FileKind = { family: 'png', extension: 'png', mediaType: 'image/png' };
const jpeg: FileKind = { family: 'jpeg', extension: 'jpg', mediaType: 'image/jpeg' };
/** A third is text. */
const kinds: FileKind[] = [
  png,
  { family: 'csv', extension: 'csv', mediaType: 'text/csv' },
  { family: 'pdf', extension: 'pdf', mediaType: 'application/pdf' },
  jpeg,
  { family: 'text', extension: 'txt', mediaType: 'text/plain' },
  { family: 'zip', extension: 'docx', mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document' },
  png,
  { family: 'csv', extension: 'CSV', mediaType: 'text/csv' },
  { family: 'zip', extension: 'zip', mediaType: 'application/zip' },
];

/** Attachments by number: those of pages and blog posts, then logos of spaces, then pictures of profiles, then those in the trash. */
export interface AttachmentFacts {
  /** Those of pages and blog posts. */
  onHosts: number;
  kind(attachment: number): FileKind;
  name(attachment: number): string;
  /** Content id of what it hangs on; of a space's logo its description, of a picture the profile. */
  containerId(attachment: number): number;
  /** null: on a profile, which is in no space. */
  space(attachment: number): number | null;
  created(attachment: number): number;
  id(attachment: number): number;
  versions(attachment: number): number;
  /** Bytes of a version, from 1. The sum over all files is the option attachmentBytes. */
  size(attachment: number, version: number): number;
  count: number;
  current: number;
}

export function attachmentFacts(facts: SiteFacts): AttachmentFacts {
  const { counts, shares, hosts } = facts;
  const hash = facts.hash('attachment');
  const current = counts.attachment;
  const onHosts = shares.attachments.total;
  const files = current + counts.attachmentHistory + counts.trashedAttachment;
  const sizes: Spread = spread(
    facts.options.attachmentBytes,
    files,
    logNormalWeights(facts.options.seed, 'file-size', 2731, { sigma: 1.6, limit: 200 }),
  );
  const isPicture = (attachment: number) => attachment >= onHosts + facts.logos && attachment < current;
  const isLogo = (attachment: number) => attachment >= onHosts && attachment < onHosts + facts.logos;
  const kind = (attachment: number) =>
    isLogo(attachment) || isPicture(attachment) ? png : kinds[hash(attachment) % kinds.length]!;
  /** The page or blog post; of the trash any page. */
  const host = (attachment: number) =>
    attachment >= current ? hash(attachment, 1) % hosts.count : shares.attachments.find(attachment);
  const space = (attachment: number) => {
    if (isLogo(attachment)) return (attachment - onHosts) * 4;
    return isPicture(attachment) ? null : hosts.space(host(attachment));
  };
  return {
    onHosts,
    current,
    count: current + counts.trashedAttachment,
    kind,
    name: (attachment) =>
      isLogo(attachment)
        ? 'logo'
        : isPicture(attachment)
          ? 'user-avatar'
          : facts.titles.attachmentName(attachment, kind(attachment).extension),
    containerId: (attachment) => {
      if (isLogo(attachment)) return facts.id('spaceDescription', (attachment - onHosts) * 4);
      if (isPicture(attachment)) return facts.id('profile', (attachment - onHosts - facts.logos) * 5);
      return hosts.id(host(attachment));
    },
    space,
    created: (attachment) => {
      const own = space(attachment);
      if (own === null) return facts.people.created((attachment - onHosts - facts.logos) * 5);
      const begin = isLogo(attachment) ? facts.spaces.created(own) : hosts.created(host(attachment));
      return begin + Math.floor(((facts.options.now - begin) / 2) * (hash(attachment, 2) / 4294967296));
    },
    id: (attachment) =>
      attachment < current ? facts.id('attachment', attachment) : facts.id('trashedAttachment', attachment - current),
    versions: (attachment) => (attachment < current ? shares.attachmentHistory.count(attachment) + 1 : 1),
    size: (attachment, version) => {
      const history = attachment < current ? shares.attachmentHistory.start(attachment) : counts.attachmentHistory;
      return sizes.count(attachment + history + version - 1);
    },
  };
}

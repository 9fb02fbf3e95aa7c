import type { AttachmentFacts } from './attachment-facts.ts';
import { type BlockContext, writeBlock } from './body-blocks.ts';
import { fragment, put, sentences } from './body-text.ts';
import { inlineFacts } from './inline-facts.ts';
import type { LineWriter } from './line-writer.ts';
import { linkFacts } from './link-facts.ts';
import { expOf, normal, Prng } from './prng.ts';
import { latin, type ScriptWords } from './script-words.ts';
import type { SiteFacts } from './site-facts.ts';
import { escapedXml } from './titles.ts';
import { vocabularyOf } from './vocabulary.ts';

type Write = (writer: LineWriter) => void;

const editable = 16;
const p = fragment('<p>');
const pEnd = fragment('</p>');

/**
 * Bodies of pages and blog posts in storage format. Block b of a page is made from (page, b, the last version that changed it), so that
 * versions of one page share most of their text, as real ones do. Links, images and markers of inline comments stand between the blocks.
 */
export function pageBodies(
  facts: SiteFacts,
  attachments: AttachmentFacts,
): (host: number, version: number, versions: number) => Write {
  const hash = facts.hash('body');
  const random = new Prng();
  const link = linkFacts(facts);
  const inline = inlineFacts(facts);
  const { shares, spaces, titles } = facts;
  const lastEdit = new Int32Array(editable);
  const userKey = (bits: number) => facts.people.key(bits % facts.people.users);

  function writeExtra(writer: LineWriter, host: number, n: number): boolean {
    const isPage = host < facts.options.pages;
    let at = n;
    const files = Math.min(3, shares.attachments.count(host));
    if (at < files) return writeFile(writer, shares.attachments.start(host) + at);
    at -= files;
    if (!isPage) return false;
    const markers = shares.inlineComments.count(host);
    if (at < markers) return writeMarker(writer, shares.inlineComments.start(host) + at);
    at -= markers;
    return at < shares.links.count(host) && writeLink(writer, host, shares.links.start(host) + at);
  }

  function writeFile(writer: LineWriter, attachment: number): boolean {
    const file = `<ri:attachment ri:filename="${escapedXml(attachments.name(attachment))}" />`;
    const { family } = attachments.kind(attachment);
    const isImage = family === 'png' || family === 'jpeg';
    writer.text(isImage ? `<p><ac:image ac:height="250">${file}</ac:image></p>` : `<p><ac:link>${file}</ac:link></p>`);
    return true;
  }

  function writeMarker(writer: LineWriter, comment: number): boolean {
    const { ref, selection } = inline(comment);
    writer.text(`<p><ac:inline-comment-marker ac:ref="${ref}">${escapedXml(selection)}</ac:inline-comment-marker> ?</p>`);
    return true;
  }

  function writeLink(writer: LineWriter, page: number, n: number): boolean {
    const to = link(n, page);
    if ('url' in to) writer.text(`<p><a href="${escapedXml(to.url)}">${escapedXml(to.url.slice(8))}</a></p>`);
    else {
      const key = to.sameSpace ? '' : ` ri:space-key="${escapedXml(spaces.key(to.space))}"`;
      const body = n % 3 === 0 ? '<ac:plain-text-link-body><![CDATA[more & more]]></ac:plain-text-link-body>' : '';
      writer.text(`<p><ac:link><ri:page${key} ri:content-title="${escapedXml(titles.page(to.page))}" />${body}</ac:link></p>`);
    }
    return true;
  }

  return (host, version, versions) => (writer) => {
    const whole = targetBytes(host, hash(host), hash(host, 1));
    const target = version === versions ? whole : whole * (0.5 + (0.5 * version) / versions);
    lastEdit.fill(0);
    for (let v = 2; v <= version; v++) lastEdit[hash(host, 2 + v) % editable] = v;
    const own = vocabularyOf(spaces.script(facts.hosts.space(host)));
    const context: BlockContext = { writer, random, vocabulary: own, taskId: 0, userKey };
    const begin = writer.length;
    let extras = true;
    for (let block = 0; extras || writer.length - begin < target; block++) {
      if (writer.length - begin < target) {
        const seed = hash(host, 0x10000 + block * 128 + (block < editable ? lastEdit[block]! : 0));
        context.vocabulary = seed % 11 === 0 ? vocabularyOf(latin) : own;
        random.restart(seed);
        writeBlock(context);
      }
      extras &&= writeExtra(writer, host, block);
    }
  };
}

/** Log-normal around 2 kB; one page of a thousand has more than 100 kB, some hold nothing but their links and files. */
function targetBytes(host: number, first: number, second: number): number {
  if (host % 211 === 5) return 0;
  if (host % 997 === 411) return 110_000 + (first % 300_000);
  return 1900 * expOf(0.85 * normal(first, second));
}

/** One to four sentences: the body of a comment, a profile. */
export function shortBodies(facts: SiteFacts, kind: string): (n: number, script: ScriptWords) => Write {
  const hash = facts.hash(`short-body/${kind}`);
  const random = new Prng();
  return (n, script) => (writer) => {
    random.restart(hash(n));
    put(writer, p);
    sentences(writer, random, vocabularyOf(script), 1 + (hash(n, 1) % 4));
    put(writer, pEnd);
  };
}

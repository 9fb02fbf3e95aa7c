import { find, findCdataEnd, matches, matchesName, no, perhaps, yes } from './byte-search.ts';
import { ByteWindow } from './byte-window.ts';
import { next, ObjectBuilder } from './object-builder.ts';
import { ObjectProblems } from './object-problems.ts';
import { doctypeError, notEntities, readStart, refuseDtd, truncated } from './scan-prolog.ts';
import { TagMemory } from './tag-memory.ts';
import { ValueText } from './value-text.ts';
import type { XmlObject, XmlProblem, XmlRoot } from './xml-object.ts';
import { incomplete, isSpace, malformed, readEndTag, tagKind } from './xml-tag.ts';

/** What the scanner needs to know from outside; see scanObjects. */
export interface ScannerOptions {
  onProblem: (problem: XmlProblem) => void;
  onRoot: (root: XmlRoot) => void;
  wanted: (className: string) => boolean;
  xmlValueBytes: number;
  xmlElementsPerObject: number;
}

// Where the scanner is. Numbers and not names: asked for every token.
const prolog = 0;
const between = 1;
const inside = 2;
const value = 3;
/** In an element that has no place in its object. */
const subtree = 4;
/** In an object that nobody wants. */
const skipping = 5;
/** Behind damage: looking for the next object. */
const lost = 6;
const epilog = 7;
const done = 8;

const lessThan = 0x3c;
const slash = 0x2f;
const exclamation = 0x21;
const question = 0x3f;

const cdataStart = Buffer.from('<![CDATA[');
const commentStart = Buffer.from('<!--');
const doctypeStart = Buffer.from('<!DOCTYPE');
const objectStart = Buffer.from('<object');
const objectEnd = Buffer.from('</object');
const rootEnd = Buffer.from('</hibernate-generic');
const cdataEnd = Buffer.from(']]>');
const commentEnd = Buffer.from('-->');
const instructionEnd = Buffer.from('?>');

/** All values of one object together may exceed the bound of a single one by this, in bytes. */
const objectAllowance = 64 * 1024 * 1024;

/**
 * Finds the objects in the bytes it is fed. Every step either consumes bytes, changes to a mode that will, or asks for more bytes;
 * a token that is not complete is waited for, and a search in it goes on where it stopped.
 */
export class ObjectScanner {
  /** Objects completed since the caller last took them. */
  batch: XmlObject[] = [];
  readonly #window = new ByteWindow();
  readonly #options: ScannerOptions;
  readonly #problems: ObjectProblems;
  readonly #builder = new ObjectBuilder();
  readonly #value: ValueText;
  readonly #tags: TagMemory;
  readonly #endTag = { kind: 0 };
  #mode = prolog;
  #started = false;
  #declaration = false;
  #modeAfterSubtree = inside;
  /** What ends the comment, processing instruction or CDATA section that is being passed over. */
  #terminator: Buffer | null = null;
  /** Bytes of the token at the window's start in which its end was already looked for. */
  #searched = 0;
  #depth = 0;
  #elements = 0;
  #objectBytes = 0;
  #completed = 0;
  #completedEnd = 0;

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#problems = new ObjectProblems(options.onProblem);
    this.#tags = new TagMemory(this.#problems);
    this.#value = new ValueText(this.#window, this.#problems);
  }

  feed(chunk: Buffer): void {
    this.#window.append(chunk);
    this.#value.windowChanged();
    while (this.#step()) {
      // Each step says whether the bytes at hand allow another one.
    }
  }

  /** To be called when there are no more bytes. Throws XML_TRUNCATED when the root element is still open. */
  finish(): void {
    const { base, at, end } = this.#window;
    if (this.#mode === epilog && at < end) this.#trailingContent();
    else if (this.#mode < epilog) throw truncated(base + end, this.#completed, this.#completedEnd);
  }

  #step(): boolean {
    if (this.#terminator !== null && !this.#passTerminator(this.#terminator)) return false;
    switch (this.#mode) {
      case value:
        return this.#readValue();
      case inside:
        return this.#readInside();
      case between:
        return this.#readBetween();
      case skipping:
      case lost:
        return this.#passObject();
      case subtree:
        return this.#passSubtree();
      case prolog:
        return this.#readProlog();
      case epilog:
        return this.#readEpilog();
      default:
        this.#window.at = this.#window.end;
        return false;
    }
  }

  #readProlog(): boolean {
    const window = this.#window;
    const { bytes, end } = window;
    if (!this.#started) {
      const start = readStart(bytes.subarray(window.at, end));
      if (start === undefined) return false;
      window.at += start.length;
      this.#declaration = start.declaration;
      this.#started = true;
    }
    let at = window.at;
    while (at < end && isSpace(bytes[at]!)) at++;
    window.at = at;
    if (at >= end) return false;
    const rest = bytes.subarray(at, end);
    if (bytes[at] !== lessThan) throw notEntities(rest);
    if (end - at < 2) return false;
    const second = bytes[at + 1];
    if (second === exclamation || second === question) {
      const isDoctype = matches(bytes, at, end, doctypeStart);
      if (isDoctype === perhaps) return false;
      if (isDoctype === yes) {
        const error = doctypeError(rest, window.base + at);
        if (error !== undefined) throw error;
        return false;
      }
      const passed = this.#passMarkup(at);
      if (passed === no || this.#terminator === cdataEnd) throw notEntities(rest);
      return passed === yes;
    }
    const after = this.#tags.read(bytes, at, end);
    if (after === incomplete) return false;
    if (after === malformed || this.#tags.tag.kind !== tagKind.root) throw notEntities(rest);
    window.at = after;
    this.#options.onRoot({ datetime: this.#tags.tag.datetime, declaration: this.#declaration });
    this.#problems.flush('The root element', window.base + at, 0);
    this.#mode = this.#tags.tag.selfClosing ? epilog : between;
    return true;
  }

  #readBetween(): boolean {
    const window = this.#window;
    const { bytes, end } = window;
    let at = window.at;
    while (at < end && isSpace(bytes[at]!)) at++;
    window.at = at;
    if (end - at < 2) {
      if (at < end && bytes[at] !== lessThan) return this.#unexpectedBetween('XML_UNEXPECTED_TEXT', 'text');
      return false;
    }
    if (bytes[at] !== lessThan) return this.#unexpectedBetween('XML_UNEXPECTED_TEXT', 'text');
    const second = bytes[at + 1];
    if (second === exclamation || second === question) {
      const dtd = matches(bytes, at, end, doctypeStart);
      if (dtd === perhaps) return false;
      if (dtd === yes) throw refuseDtd(window.base + at);
      const passed = this.#passMarkup(at);
      if (passed === no) return this.#unexpectedBetween('XML_UNEXPECTED_ELEMENT', 'markup');
      if (passed === yes && this.#terminator === cdataEnd) this.#reportBetween('XML_UNEXPECTED_TEXT', 'text', window.base + at);
      return passed === yes;
    }
    if (second === slash) {
      const after = readEndTag(bytes, at, end, this.#endTag);
      if (after === incomplete) return false;
      if (after === malformed || this.#endTag.kind !== tagKind.root) {
        return this.#unexpectedBetween('XML_UNEXPECTED_ELEMENT', 'an end tag');
      }
      window.at = after;
      this.#mode = epilog;
      return true;
    }
    const after = this.#tags.read(bytes, at, end);
    if (after === incomplete) return false;
    if (after === malformed || this.#tags.tag.kind !== tagKind.object) {
      return this.#unexpectedBetween('XML_UNEXPECTED_ELEMENT', 'an element');
    }
    if (this.#tags.tag.className === null) return this.#damaged('its start tag has no class');
    this.#beginObject(after);
    return true;
  }

  #unexpectedBetween(code: string, what: string): boolean {
    const window = this.#window;
    this.#reportBetween(code, what, window.base + window.at);
    // The first byte of it is done with, else what looks like the end of the root would be met again and again.
    window.at++;
    this.#mode = lost;
    return true;
  }

  #reportBetween(code: string, what: string, offset: number): void {
    this.#options.onProblem({ code, message: `Skipped ${what} between two objects, at byte ${offset}.`, offset });
    this.#problems.clear();
  }

  /** The start tag has been read; `after` is the index behind it. */
  #beginObject(after: number): void {
    const window = this.#window;
    const tag = this.#tags.tag;
    this.#builder.begin(tag.className!, tag.packageName ?? '', window.base + window.at);
    window.at = after;
    this.#elements = 0;
    this.#objectBytes = 0;
    this.#mode = this.#options.wanted(tag.className!) ? inside : skipping;
    if (tag.selfClosing) this.#endObject();
  }

  #endObject(): void {
    const { object, emptyReferences } = this.#builder;
    if (this.#mode === inside) {
      this.batch.push(object);
      this.#problems.flush(this.#label(), object.offset, emptyReferences);
    } else this.#problems.clear();
    this.#completed++;
    this.#completedEnd = this.#window.base + this.#window.at;
    this.#mode = between;
  }

  #label(): string {
    const { className, id, composite } = this.#builder.object;
    const name = id ?? composite?.map((part) => part.text.slice(0, 100)).join('/') ?? 'without id';
    return `${className} ${name}`;
  }

  /** The object at hand cannot be read; the scan goes on at the next one. The window stays at the bytes in question. */
  #damaged(why: string): boolean {
    const offset = this.#window.base + this.#window.at;
    const object = this.#mode === between || this.#mode === lost ? undefined : this.#label();
    const message = `${object ?? 'An object'} at byte ${object ? this.#builder.object.offset : offset} is damaged: ${why}, at byte ${offset}. It was left out.`;
    this.#options.onProblem({ code: 'XML_MALFORMED_OBJECT', message, offset, ...(object === undefined ? {} : { object }) });
    this.#problems.clear();
    // Within the tag in question nothing is looked for, so the scan moves on even if it is an object's.
    if (object === undefined) this.#window.at++;
    this.#mode = lost;
    this.#searched = 0;
    return true;
  }

  #tooLarge(code: string, what: string): boolean {
    const object = this.#label();
    const offset = this.#builder.object.offset;
    this.#options.onProblem({ code, message: `${object} at byte ${offset} was left out: ${what}.`, offset, object });
    this.#problems.clear();
    this.#mode = skipping;
    this.#searched = 0;
    return true;
  }

  #readInside(): boolean {
    const window = this.#window;
    const { bytes, end } = window;
    let at = window.at;
    for (;;) {
      while (at < end && isSpace(bytes[at]!)) at++;
      window.at = at;
      if (at >= end) return false;
      if (bytes[at] !== lessThan) {
        this.#problems.unexpectedText(window.base + at);
        const found = find(bytes, lessThan, at, end);
        at = found < 0 ? end : found;
        continue;
      }
      if (end - at < 2) return false;
      const second = bytes[at + 1]!;
      if (second === slash) {
        const after = readEndTag(bytes, at, end, this.#endTag);
        if (after === incomplete) return false;
        if (after === malformed) return this.#damaged('an end tag cannot be read');
        if (this.#endTag.kind === tagKind.object && this.#builder.atObject) {
          window.at = after;
          this.#endObject();
          return true;
        }
        if (!this.#builder.close(this.#endTag.kind)) return this.#damaged('an end tag closes what is not open');
        at = after;
        continue;
      }
      if (second === exclamation || second === question) {
        const passed = this.#passMarkup(at);
        if (passed === no) return this.#damaged('"<!" begins nothing that is known');
        if (passed === yes && this.#terminator === cdataEnd) this.#problems.unexpectedText(window.base + at);
        return passed === yes;
      }
      const after = this.#tags.read(bytes, at, end);
      if (after === incomplete) return false;
      if (after === malformed) return this.#damaged('a start tag cannot be read');
      const tag = this.#tags.tag;
      if (tag.kind === tagKind.object) return this.#damaged('another object begins in it');
      if (++this.#elements > this.#options.xmlElementsPerObject) {
        return this.#tooLarge('XML_OBJECT_TOO_LARGE', `it has more than ${this.#options.xmlElementsPerObject} elements`);
      }
      const action = this.#builder.open(tag);
      if (action === next.skip) {
        this.#enterSubtree(at, after, inside);
        return true;
      }
      at = after;
      if (action === next.value) {
        window.at = at;
        this.#value.begin();
        this.#searched = 0;
        this.#mode = value;
        if (!this.#readValue()) return false;
        if (this.#mode !== inside || this.#terminator !== null) return true;
        at = window.at;
      }
    }
  }

  /** Reads text and CDATA up to the end tag of the value. */
  #readValue(): boolean {
    const window = this.#window;
    const { bytes, end } = window;
    const text = this.#value;
    let at = window.at;
    for (;;) {
      window.at = at;
      if (at >= end) return false;
      if (bytes[at] !== lessThan) {
        const found = find(bytes, lessThan, at + this.#searched, end);
        const behind = found < 0 ? end : found;
        if (this.#exceeds(behind - at)) return this.#valueTooLarge();
        if (found < 0) {
          this.#searched = end - at;
          return false;
        }
        text.add(at, found, false);
        this.#searched = 0;
        at = window.at = found;
      }
      if (end - at < 2) return false;
      const second = bytes[at + 1];
      if (second === slash) {
        const after = readEndTag(bytes, at, end, this.#endTag);
        if (after === incomplete) return false;
        if (after === malformed) return this.#damaged('an end tag cannot be read');
        if (this.#endTag.kind !== this.#builder.valueKind) return this.#damaged('an end tag closes what is not open');
        this.#objectBytes += text.bytes;
        this.#builder.setValue(text.finish(), text.cdata);
        window.at = after;
        this.#mode = inside;
        return true;
      }
      if (second === exclamation) {
        const isCdata = matches(bytes, at, end, cdataStart);
        if (isCdata === perhaps) return false;
        if (isCdata === yes) {
          const from = at + cdataStart.length;
          const found = findCdataEnd(bytes, from + this.#searched, end);
          // The last two bytes may be the beginning of the end.
          const known = found < 0 ? Math.max(0, end - from - 2) : found - from;
          if (this.#exceeds(known)) {
            window.at = from;
            this.#terminator = cdataEnd;
            return this.#valueTooLarge();
          }
          if (found < 0) {
            this.#searched = known;
            return false;
          }
          text.add(from, found, true);
          this.#searched = 0;
          at = found + cdataEnd.length;
          continue;
        }
      }
      if (second === exclamation || second === question) {
        const passed = this.#passMarkup(at);
        if (passed === no) return this.#damaged('"<!" begins nothing that is known');
        return passed === yes;
      }
      const after = this.#tags.read(bytes, at, end);
      if (after === incomplete) return false;
      if (after === malformed) return this.#damaged('a start tag cannot be read');
      if (this.#tags.tag.kind === tagKind.object) return this.#damaged('another object begins in it');
      this.#enterSubtree(at, after, value);
      return true;
    }
  }

  #exceeds(more: number): boolean {
    const limit = this.#options.xmlValueBytes;
    const bytes = this.#value.bytes + more;
    return bytes > limit || this.#objectBytes + bytes > limit + objectAllowance;
  }

  #valueTooLarge(): boolean {
    return this.#tooLarge('XML_VALUE_TOO_LARGE', `its values exceed the limit of ${this.#options.xmlValueBytes} bytes for one`);
  }

  #enterSubtree(at: number, after: number, back: number): void {
    const window = this.#window;
    const name = window.bytes.toString('utf8', at + 1, at + 1 + Math.min(this.#tags.tag.nameLength, 64));
    this.#problems.unexpectedElement(name, window.base + at);
    window.at = after;
    if (this.#tags.tag.selfClosing) return;
    this.#depth = 1;
    this.#modeAfterSubtree = back;
    this.#mode = subtree;
  }

  #passSubtree(): boolean {
    const window = this.#window;
    const { bytes, end } = window;
    for (;;) {
      const at = find(bytes, lessThan, window.at, end);
      window.at = at < 0 ? end : at;
      if (at < 0 || end - at < 2) return false;
      const second = bytes[at + 1];
      if (second === exclamation || second === question) {
        const passed = this.#passMarkup(at);
        return passed === no ? this.#damaged('"<!" begins nothing that is known') : passed === yes;
      }
      const closes = second === slash;
      const after = closes ? readEndTag(bytes, at, end, this.#endTag) : this.#tags.read(bytes, at, end);
      if (after === incomplete) return false;
      if (after === malformed) return this.#damaged('a tag cannot be read');
      const kind = closes ? this.#endTag.kind : this.#tags.tag.kind;
      if (kind === tagKind.object || kind === tagKind.root) return this.#damaged('an element is not closed');
      window.at = after;
      if (closes) this.#depth--;
      else if (!this.#tags.tag.selfClosing) this.#depth++;
      if (this.#depth === 0) {
        this.#mode = this.#modeAfterSubtree;
        return true;
      }
    }
  }

  /** Looks for the end of an unwanted object, or, when lost, for the beginning of the next one; only CDATA is respected. */
  #passObject(): boolean {
    const window = this.#window;
    const { bytes, end } = window;
    for (;;) {
      const at = find(bytes, lessThan, window.at, end);
      window.at = at < 0 ? end : at;
      if (at < 0 || end - at < 2) return false;
      const second = bytes[at + 1];
      if (second === exclamation) {
        const isCdata = matches(bytes, at, end, cdataStart);
        if (isCdata === perhaps) return false;
        if (isCdata === yes) {
          window.at = at + cdataStart.length;
          const found = findCdataEnd(bytes, window.at, end);
          if (found < 0) {
            this.#terminator = cdataEnd;
            return true;
          }
          window.at = found + cdataEnd.length;
          continue;
        }
      } else if (second === 0x6f /* o */) {
        const isObject = matchesName(bytes, at, end, objectStart);
        if (isObject === perhaps) return false;
        if (isObject === yes) {
          if (this.#mode === skipping) return this.#damaged('another object begins in it');
          const after = this.#tags.read(bytes, at, end);
          if (after === incomplete) return false;
          // In a body whose CDATA was damaged, HTML's <object> looks nearly the same, but has no package.
          if (after !== malformed && this.#tags.tag.className !== null && this.#tags.tag.packageName !== null) {
            this.#beginObject(after);
            return true;
          }
          this.#problems.clear();
        }
      } else if (second === slash) {
        if (this.#mode === skipping) {
          const isEnd = matchesName(bytes, at, end, objectEnd);
          if (isEnd === perhaps) return false;
          if (isEnd === yes) return this.#endSkipped(at);
        }
        const isRootEnd = matchesName(bytes, at, end, rootEnd);
        if (isRootEnd === perhaps) return false;
        if (isRootEnd === yes) {
          if (this.#mode === skipping) return this.#damaged('it is not closed');
          this.#mode = between;
          return true;
        }
      }
      window.at = at + 1;
    }
  }

  #endSkipped(at: number): boolean {
    const after = readEndTag(this.#window.bytes, at, this.#window.end, this.#endTag);
    if (after === incomplete) return false;
    if (after === malformed) return this.#damaged('an end tag cannot be read');
    this.#window.at = after;
    this.#endObject();
    return true;
  }

  /** At `<!` or `<?`: begins to pass over a comment, a processing instruction or CDATA that has no place here. */
  #passMarkup(at: number): number {
    const { bytes, end } = this.#window;
    if (bytes[at + 1] === question) return this.#pass(at + 2, instructionEnd);
    const isComment = matches(bytes, at, end, commentStart);
    if (isComment === yes) return this.#pass(at + commentStart.length, commentEnd);
    const isCdata = matches(bytes, at, end, cdataStart);
    if (isCdata === yes) return this.#pass(at + cdataStart.length, cdataEnd);
    return isComment === perhaps || isCdata === perhaps ? perhaps : no;
  }

  #pass(from: number, terminator: Buffer): number {
    this.#window.at = from;
    this.#terminator = terminator;
    this.#searched = 0;
    return yes;
  }

  /** Consumes up to and with the terminator. Nothing of what is passed over is kept, so a comment may have any size. */
  #passTerminator(terminator: Buffer): boolean {
    const window = this.#window;
    const { bytes, at, end } = window;
    const found = terminator === cdataEnd ? findCdataEnd(bytes, at, end) : bytes.subarray(at, end).indexOf(terminator) + at;
    if (found < at) {
      window.at = Math.max(at, end - terminator.length + 1);
      return false;
    }
    window.at = found + terminator.length;
    this.#terminator = null;
    return true;
  }

  #readEpilog(): boolean {
    const window = this.#window;
    const { bytes, end } = window;
    let at = window.at;
    while (at < end && isSpace(bytes[at]!)) at++;
    window.at = at;
    if (at >= end) return false;
    if (end - at < 2 && bytes[at] === lessThan) return false;
    if (bytes[at] === lessThan && (bytes[at + 1] === exclamation || bytes[at + 1] === question)) {
      const passed = this.#passMarkup(at);
      if (passed !== no && this.#terminator !== cdataEnd) return passed === yes;
    }
    this.#trailingContent();
    return true;
  }

  #trailingContent(): void {
    const offset = this.#window.base + this.#window.at;
    const message = `Ignored what follows the end of the root element, from byte ${offset}.`;
    this.#options.onProblem({ code: 'XML_TRAILING_CONTENT', message, offset });
    this.#terminator = null;
    this.#mode = done;
  }
}

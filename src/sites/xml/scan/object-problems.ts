import type { XmlProblem } from './xml-object.ts';
import type { TextDamage } from './xml-text.ts';

/** Gathers the trouble of one object, so that a damaged object costs one report for each kind of damage and not millions. */
export class ObjectProblems implements TextDamage {
  controls = 0;
  entities = 0;
  firstEntity = '';
  invalid = 0;
  #elements = 0;
  #firstElement = '';
  #elementOffset = 0;
  #textOffset = -1;
  readonly #report: (problem: XmlProblem) => void;

  constructor(report: (problem: XmlProblem) => void) {
    this.#report = report;
  }

  unexpectedElement(name: string, offset: number): void {
    if (this.#elements++ > 0) return;
    this.#firstElement = name;
    this.#elementOffset = offset;
  }

  unexpectedText(offset: number): void {
    if (this.#textOffset < 0) this.#textOffset = offset;
  }

  /** Reports what was gathered about `object` ("Page 98361"), which begins at `offset`, and starts afresh. */
  flush(object: string, offset: number, emptyReferences: number): void {
    const say = (code: string, message: string, at = offset) => this.#report({ code, message, offset: at, object });
    if (this.controls > 0) {
      say('XML_CONTROL_CHARACTERS', `${object}: removed ${this.controls} characters that XML does not allow.`);
    }
    if (this.entities > 0) {
      say(
        'XML_UNKNOWN_ENTITY',
        `${object}: kept ${this.entities} unknown entities as they stand, the first is ${this.firstEntity}`,
      );
    }
    if (this.invalid > 0) {
      say('XML_INVALID_UTF8', `${object}: ${this.invalid} values hold bytes that are not UTF-8; U+FFFD stands for them.`);
    }
    if (this.#elements > 0) {
      const first = `skipped ${this.#elements} elements that have no place there, the first is <${this.#firstElement}>.`;
      say('XML_UNEXPECTED_ELEMENT', `${object}: ${first}`, this.#elementOffset);
    }
    if (this.#textOffset >= 0) say('XML_UNEXPECTED_TEXT', `${object}: skipped text between its elements.`, this.#textOffset);
    if (emptyReferences > 0) {
      say('XML_REFERENCE_WITHOUT_ID', `${object}: left out ${emptyReferences} elements of collections that name no object.`);
    }
    this.clear();
  }

  clear(): void {
    this.controls = this.entities = this.invalid = this.#elements = 0;
    this.firstEntity = this.#firstElement = '';
    this.#textOffset = -1;
  }
}

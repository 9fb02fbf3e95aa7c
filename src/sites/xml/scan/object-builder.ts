import type { XmlElement, XmlField, XmlObject } from './xml-object.ts';
import { tagKind, type XmlTag } from './xml-tag.ts';

/** What the scanner does after a start tag. */
export const next = {
  /** Read on between tags. */
  tags: 0,
  /** Read the text up to the end tag `valueKind`, then call `setValue`. */
  value: 1,
  /** The element has no place here: skip it with all that is in it. */
  skip: 2,
} as const;

const inObject = 0;
const inComposite = 1;
const inComponent = 2;
const inCollection = 3;
const inReference = 4;
const inElement = 5;

type ReferenceField = Extract<XmlField, { kind: 'reference' }>;

/**
 * Puts one XmlObject together from its tags and texts. The nesting of the format has a fixed depth
 * (object, collection, element, id), so a single "where" says it all and hostile nesting costs nothing.
 */
export class ObjectBuilder {
  object: XmlObject = emptyObject('', '', 0);
  /** Elements of a collection that refer to nothing; they are left out. */
  emptyReferences = 0;
  /** The kind of the tag that ends the value being read. */
  valueKind = 0;
  #where = inObject;
  #valueName = '';
  #valueEnumClass: string | null = null;
  #reference: ReferenceField = emptyReference('', '', '');
  #idSeen = false;
  #idSeenInReference = false;
  #elements: XmlElement[] = [];
  #values: { name: string; text: string | null }[] = [];
  #elementName: string | null = null;

  begin(className: string, packageName: string, offset: number): void {
    this.object = emptyObject(className, packageName, offset);
    this.emptyReferences = 0;
    this.#where = inObject;
    this.#idSeen = false;
  }

  open(tag: XmlTag): number {
    switch (this.#where) {
      case inObject:
        return this.#openInObject(tag);
      case inComposite:
      case inComponent:
        return this.#openValueProperty(tag);
      case inCollection:
        return tag.kind === tagKind.element ? this.#openElement(tag) : next.skip;
      default:
        return this.#openReferenceId(tag);
    }
  }

  /** An end tag between tags. Returns false when it closes something else than what is open. */
  close(kind: number): boolean {
    switch (this.#where) {
      case inComposite:
        this.#where = inObject;
        return kind === tagKind.compositeId;
      case inComponent:
        this.#where = inObject;
        return kind === tagKind.component;
      case inCollection:
        this.#where = inObject;
        return kind === tagKind.collection;
      case inReference:
        this.#where = inObject;
        this.object.fields.push(this.#reference);
        return kind === tagKind.property;
      case inElement:
        this.#where = inCollection;
        this.#addReferenceElement();
        return kind === tagKind.element;
      default:
        return false;
    }
  }

  get atObject(): boolean {
    return this.#where === inObject;
  }

  setValue(text: string, cdata: boolean): void {
    switch (this.#where) {
      case inObject:
        if (this.valueKind === tagKind.id) this.object.id = text.trim() || null;
        else this.#pushValue(text, cdata);
        return;
      case inComposite:
        this.object.composite!.push({ name: this.#valueName, text });
        return;
      case inComponent:
        this.#values.push({ name: this.#valueName, text });
        return;
      case inCollection:
        this.#elements.push({ kind: 'value', name: this.#elementName, text });
        return;
      default:
        this.#reference.id = text.trim() || null;
    }
  }

  #openInObject(tag: XmlTag): number {
    const name = tag.name;
    switch (tag.kind) {
      case tagKind.property:
        if (name === null) return next.skip;
        if (tag.className !== null) return this.#openReference(tag, name, inReference);
        this.#valueName = name;
        this.#valueEnumClass = tag.enumClass;
        if (!tag.selfClosing) return this.#value(tagKind.property);
        this.#pushValue(null, false);
        return next.tags;
      case tagKind.id:
        if (this.#idSeen) return next.skip;
        this.#idSeen = true;
        this.object.idName = name;
        return tag.selfClosing ? next.tags : this.#value(tagKind.id);
      case tagKind.compositeId:
        if (this.object.composite !== null) return next.skip;
        this.object.composite = [];
        if (!tag.selfClosing) this.#where = inComposite;
        return next.tags;
      case tagKind.component:
        if (name === null) return next.skip;
        this.#values = [];
        this.object.fields.push({ kind: 'component', name, values: this.#values });
        if (!tag.selfClosing) this.#where = inComponent;
        return next.tags;
      case tagKind.collection:
        if (name === null) return next.skip;
        this.#elements = [];
        this.object.fields.push({ kind: 'collection', name, elements: this.#elements });
        if (!tag.selfClosing) this.#where = inCollection;
        return next.tags;
      default:
        return next.skip;
    }
  }

  #openReference(tag: XmlTag, name: string, where: number): number {
    this.#reference = emptyReference(name, tag.className!, tag.packageName ?? '');
    if (!tag.selfClosing) {
      this.#where = where;
      this.#idSeenInReference = false;
    } else if (where === inReference) this.object.fields.push(this.#reference);
    else this.#addReferenceElement();
    return next.tags;
  }

  #openReferenceId(tag: XmlTag): number {
    if (tag.kind !== tagKind.id || this.#idSeenInReference) return next.skip;
    this.#idSeenInReference = true;
    this.#reference.idName = tag.name ?? '';
    return tag.selfClosing ? next.tags : this.#value(tagKind.id);
  }

  #openValueProperty(tag: XmlTag): number {
    if (tag.kind !== tagKind.property || tag.name === null || tag.className !== null) return next.skip;
    this.#valueName = tag.name;
    if (!tag.selfClosing) return this.#value(tagKind.property);
    if (this.#where === inComposite) this.object.composite!.push({ name: tag.name, text: '' });
    else this.#values.push({ name: tag.name, text: null });
    return next.tags;
  }

  #openElement(tag: XmlTag): number {
    if (tag.className !== null) return this.#openReference(tag, '', inElement);
    this.#elementName = tag.name;
    if (!tag.selfClosing) return this.#value(tagKind.element);
    this.#elements.push({ kind: 'value', name: tag.name, text: '' });
    return next.tags;
  }

  #value(kind: number): number {
    this.valueKind = kind;
    return next.value;
  }

  #pushValue(text: string | null, cdata: boolean): void {
    const name = this.#valueName;
    if (this.#valueEnumClass === null) this.object.fields.push({ kind: 'value', name, text, cdata });
    else this.object.fields.push({ kind: 'value', name, text, cdata, enumClass: this.#valueEnumClass });
  }

  #addReferenceElement(): void {
    const { className, packageName, id } = this.#reference;
    if (id === null) this.emptyReferences++;
    else this.#elements.push({ kind: 'reference', className, packageName, id });
  }
}

function emptyObject(className: string, packageName: string, offset: number): XmlObject {
  return { className, packageName, id: null, idName: null, composite: null, fields: [], offset };
}

function emptyReference(name: string, className: string, packageName: string): ReferenceField {
  return { kind: 'reference', name, className, packageName, idName: '', id: null };
}

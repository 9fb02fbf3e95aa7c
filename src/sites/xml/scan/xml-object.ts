/** One child of an `<object>`, in the order of the file. Texts are decoded: entities resolved, `]] ` of CDATA put back to `]]`. */
export type XmlField =
  | {
      kind: 'value';
      name: string;
      /** null: self-closed, `<property name="x"/>`; '' : `<property name="x"></property>` or an empty CDATA section. */
      text: string | null;
      /** True when any part of the text stood in a CDATA section. */
      cdata: boolean;
      /** The attribute `enum-class`; absent when the property has none. */
      enumClass?: string;
    }
  | {
      /** A property with the attribute `class`. */
      kind: 'reference';
      name: string;
      className: string;
      packageName: string;
      /** Name of the id element, almost always "id" ("key" for users); '' when there is none. */
      idName: string;
      /** Trimmed; null when the reference is self-closed or its id is empty. */
      id: string | null;
    }
  | { kind: 'collection'; name: string; elements: XmlElement[] }
  | { kind: 'component'; name: string; values: { name: string; text: string | null }[] };

export type XmlElement =
  | { kind: 'reference'; className: string; packageName: string; id: string }
  /** A map entry (name = key) or a member of a set of enums or strings (name null). Self-closed: ''. */
  | { kind: 'value'; name: string | null; text: string };

/** One `<object>` of entities.xml. */
export interface XmlObject {
  className: string;
  /** '' when the attribute is missing, as in files made by hand. */
  packageName: string;
  /** Trimmed decimal or key; null when the object has a composite id or none. Kept as text: ids exceed 2^53. */
  id: string | null;
  idName: string | null;
  composite: { name: string; text: string }[] | null;
  fields: XmlField[];
  /** Byte offset of `<object` in the file. */
  offset: number;
}

/** Trouble in the file that did not end the scan. At most one problem of a code for one object. */
export interface XmlProblem {
  /** XML_CONTROL_CHARACTERS, XML_UNKNOWN_ENTITY, XML_INVALID_UTF8, XML_UNEXPECTED_ELEMENT, XML_UNEXPECTED_TEXT,
   * XML_REFERENCE_WITHOUT_ID, XML_MALFORMED_OBJECT, XML_VALUE_TOO_LARGE, XML_OBJECT_TOO_LARGE, XML_TRAILING_CONTENT. */
  code: string;
  message: string;
  /** Byte offset in the file of what it is about (for counted trouble: of the object). */
  offset: number;
  /** "Page 98361"; absent between objects. */
  object?: string;
}

/** What stands before the first object. */
export interface XmlRoot {
  /** The attribute `datetime` as it stands, null when missing. Its time zone depends on the dialect. */
  datetime: string | null;
  /** Whether the file has an XML declaration: the legacy dialects have one, the one of 8.3+ has none. */
  declaration: boolean;
}

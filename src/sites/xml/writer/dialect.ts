/** How one dialect of entities.xml spells things. White space as in real files: docs/formats/xml-backup.md. */
export interface DialectFormat {
  name: 'current' | 'legacy';
  /** Everything before the first object. */
  header(date: Date): string;
  objectStart(className: string, packageName: string): string;
  objectEnd: string;
  end: string;
  id(name: string, value: string, isText: boolean): string;
  compositeId(parts: { name: string; type: string; value: string }[]): string;
  /** A string: null, empty and full are three different things. */
  string(name: string, value: string | null): string;
  /** Numbers, booleans, times, keywords: never in CDATA. */
  plain(name: string, value: string | null): string;
  enumeration(name: string, value: string | null, className: string, packageName: string): string;
  reference(name: string, className: string, packageName: string, idName: string, id: string): string;
  component(name: string, inner: string, value: string | null): string;
  collection(name: string, javaType: string, elements: string): string;
  entityElement(className: string, packageName: string, id: string): string;
  enumElement(className: string, packageName: string, value: string): string;
  mapElement(name: string, value: string): string;
  /** Scalars first, then references, whatever the order in the model. */
  referencesLast: boolean;
  /** Which inverse collections are written: all, or those marked in the model. */
  allCollections: boolean;
}

const illegal = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
/** Characters that no XML can hold are left out; PostgreSQL can hold some of them. */
function legal(text: string): string {
  return text.replace(illegal, '').toWellFormed();
}

/**
 * CDATA as Confluence writes it: a space after every `]]`. A carriage return can only survive as a character reference, outside CDATA.
 */
function cdata(text: string): string {
  const escaped = legal(text).replaceAll(']]', ']] ');
  return `<![CDATA[${escaped.includes('\r') ? escaped.replaceAll('\r', ']]>&#13;<![CDATA[') : escaped}]]>`;
}

function attribute(text: string): string {
  if (/^[\w .:-]*$/.test(text)) return text;
  return legal(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function utc(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

const plainText = /^[A-Za-z0-9 \-:.@$/_,]*$/;

function currentText(text: string): string {
  return text.length <= 72 && plainText.test(text) ? text : cdata(text);
}

/** The dialect of Data Center 8.3 and later. */
export const currentDialect: DialectFormat = {
  name: 'current',
  header: (date) => `<hibernate-generic datetime="${utc(date)}">\n`,
  objectStart: (className, packageName) => `<object class="${className}" package="${packageName}">\n`,
  objectEnd: '</object>\n\n',
  end: '</hibernate-generic>',
  id: (name, value) => `    <id name="${name}">${currentText(value)}</id>\n`,
  compositeId: (parts) =>
    `    <composite-id>\n${parts.map((p) => `        <property name="${p.name}" type="${p.type}">${currentText(p.value)}</property>\n`).join('')}    </composite-id>\n`,
  string: (name, value) => (value === null ? '' : `    <property name="${name}">${currentText(value)}</property>\n`),
  plain: (name, value) => (value === null ? '' : `    <property name="${name}">${attribute(value)}</property>\n`),
  enumeration: (name, value, className, packageName) =>
    value === null
      ? ''
      : `    <property name="${name}" enum-class="${className}" package="${packageName}">${attribute(value)}</property>\n`,
  reference: (name, className, packageName, idName, id) =>
    `    <property name="${name}" class="${className}" package="${packageName}"><id name="${idName}">${currentText(id)}</id></property>\n`,
  component: (name, inner, value) =>
    `    <component name="${name}">${value === null ? '' : `<property name="${inner}" type="string">${cdata(value)}</property>`}</component>\n`,
  collection: (name, javaType, elements) => `    <collection name="${name}" class="${javaType}">\n${elements}    </collection>\n`,
  entityElement: (className, packageName, id) =>
    `        <element class="${className}" package="${packageName}"><id name="id">${id}</id></element>\n`,
  enumElement: (className, packageName, value) =>
    `        <element enum-class="${className}" package="${packageName}">${attribute(value)}</element>\n`,
  mapElement: (name, value) => `        <element name="${attribute(name)}" type="string">${cdata(value)}</element>\n`,
  referencesLast: true,
  allCollections: false,
};

/** The dialect of all versions up to 8.2 and of scheduled backups up to 8.9. */
export const legacyDialect: DialectFormat = {
  name: 'legacy',
  header: (date) => `<?xml version="1.0" encoding="UTF-8"?>\n<hibernate-generic datetime="${utc(date)}">\n`,
  objectStart: (className, packageName) => `<object class="${className}" package="${packageName}">\n`,
  objectEnd: '</object>\n',
  end: '</hibernate-generic>',
  id: (name, value, isText) => `<id name="${name}">${isText ? cdata(value) : value}</id>\n`,
  compositeId: (parts) =>
    `<composite-id>${parts.map((p) => `<property name="${p.name}" type="${p.type}">${p.type === 'string' ? cdata(p.value) : p.value}</property>\n`).join('')}</composite-id>\n`,
  string: (name, value) =>
    value === null ? `<property name="${name}"/>` : `<property name="${name}">${cdata(value)}</property>\n`,
  plain: (name, value) =>
    value === null ? `<property name="${name}"/>` : `<property name="${name}">${attribute(value)}</property>\n`,
  enumeration: (name, value, className, packageName) =>
    value === null
      ? `<property name="${name}"/>`
      : `<property name="${name}" enum-class="${className}" package="${packageName}">${attribute(value)}</property>\n`,
  reference: (name, className, packageName, idName, id) =>
    `<property name="${name}" class="${className}" package="${packageName}"><id name="${idName}">${idName === 'key' ? cdata(id) : id}</id>\n</property>\n`,
  component: (name, inner, value) =>
    `<component name="${name}">${value === null ? '' : `<property name="${inner}" type="string">${cdata(value)}</property>\n`}</component>\n`,
  collection: (name, javaType, elements) => `<collection name="${name}" class="${javaType}">${elements}</collection>\n`,
  entityElement: (className, packageName, id) =>
    `<element class="${className}" package="${packageName}"><id name="id">${id}</id>\n</element>\n`,
  enumElement: (className, packageName, value) =>
    `<element enum-class="${className}" package="${packageName}">${attribute(value)}</element>\n`,
  mapElement: (name, value) => `<element name="${attribute(name)}" type="string">${cdata(value)}</element>\n`,
  referencesLast: false,
  allCollections: true,
};

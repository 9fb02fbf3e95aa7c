import { SaxesParser } from 'saxes';
import type { XmlElement, XmlField, XmlObject, XmlRoot } from './xml-object.ts';

// Test support: the same rules as scanObjects on top of a general XML parser, in the simplest way, with everything in memory.
// The product's scanner is tested against this.

interface Node {
  name: string;
  attributes: Record<string, string>;
  selfClosing: boolean;
  text: string;
  cdata: boolean;
  children: Node[];
}

/** What saxes made of a file. Offsets of objects are 0. `errors` are those that the rules do not allow for. */
export interface ReferenceResult {
  root: XmlRoot | null;
  objects: XmlObject[];
  errors: string[];
}

/** Parses a whole entities.xml with saxes. */
export function parseWithSaxes(file: Buffer): ReferenceResult {
  const source = new TextDecoder('utf-8').decode(file);
  const result: ReferenceResult = { root: null, objects: [], errors: [] };
  const stack: Node[] = [];
  const parser = new SaxesParser({ position: false });
  parser.on('error', (error) => {
    // saxes keeps the character and goes on; removing it is left to us.
    if (!/disallowed character/.test(error.message)) result.errors.push(error.message);
  });
  parser.on('opentag', (tag) => {
    const attributes = Object.fromEntries(Object.entries(tag.attributes).map(([name, value]) => [name, withoutIllegal(value)]));
    const node: Node = { name: tag.name, attributes, selfClosing: tag.isSelfClosing, text: '', cdata: false, children: [] };
    if (stack.length === 0) result.root = { datetime: attributes.datetime ?? null, declaration: /^<\?xml\s/.test(source) };
    // Objects are not kept as children of the root.
    if (stack.length > 1) stack.at(-1)!.children.push(node);
    stack.push(node);
  });
  parser.on('text', (text) => {
    const node = stack.at(-1);
    if (node) node.text += text;
  });
  parser.on('cdata', (text) => {
    const node = stack.at(-1);
    if (!node) return;
    node.text += text;
    node.cdata = true;
  });
  parser.on('closetag', () => {
    const node = stack.pop()!;
    if (stack.length === 1 && node.name === 'object') result.objects.push(objectOf(node));
  });
  parser.write(withPlainReferences(source)).close();
  return result;
}

/** saxes leaves a reference to an illegal character and an unknown entity as text: make the first a raw character, the second plain. */
function withPlainReferences(source: string): string {
  const pattern =
    /<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|&#x([0-9a-fA-F]+);|&#([0-9]+);|&(amp|lt|gt|quot|apos);|&/g;
  return source.replace(pattern, (whole: string, hex?: string, decimal?: string) => {
    if (hex !== undefined || decimal !== undefined) {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      const legal =
        code <= 0x10ffff && /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]$/u.test(String.fromCodePoint(code));
      return legal ? whole : '\x01';
    }
    return whole === '&' ? '&amp;' : whole;
  });
}

function withoutIllegal(text: string): string {
  return [...text].filter((character) => !/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(character)).join('');
}

function textOf(node: Node): string {
  return withoutIllegal(node.cdata ? node.text.split(']] ').join(']]') : node.text);
}

function idOf(node: Node | undefined): string | null {
  return (node && textOf(node).trim()) || null;
}

function objectOf(node: Node): XmlObject {
  const id = node.children.find((child) => child.name === 'id');
  const composite = node.children.find((child) => child.name === 'composite-id');
  return {
    className: node.attributes.class!,
    packageName: node.attributes.package ?? '',
    id: idOf(id),
    idName: id?.attributes.name ?? null,
    composite: composite ? valueProperties(composite).map(({ name, text }) => ({ name, text: text ?? '' })) : null,
    fields: node.children.flatMap((child) => fieldOf(child)),
    offset: 0,
  };
}

function fieldOf(node: Node): XmlField[] {
  const { name, class: className, package: packageName = '', 'enum-class': enumClass } = node.attributes;
  if (name === undefined) return [];
  if (node.name === 'collection')
    return [{ kind: 'collection', name, elements: node.children.flatMap((child) => elementOf(child)) }];
  if (node.name === 'component') return [{ kind: 'component', name, values: valueProperties(node) }];
  if (node.name !== 'property') return [];
  if (className !== undefined) {
    const id = node.children.find((child) => child.name === 'id');
    return [{ kind: 'reference', name, className, packageName, idName: id?.attributes.name ?? '', id: idOf(id) }];
  }
  const text = node.selfClosing ? null : textOf(node);
  return [{ kind: 'value', name, text, cdata: node.cdata, ...(enumClass === undefined ? {} : { enumClass }) }];
}

function valueProperties(node: Node): { name: string; text: string | null }[] {
  return node.children
    .filter((child) => child.name === 'property' && child.attributes.name !== undefined && child.attributes.class === undefined)
    .map((child) => ({ name: child.attributes.name!, text: child.selfClosing ? null : textOf(child) }));
}

function elementOf(node: Node): XmlElement[] {
  if (node.name !== 'element') return [];
  const { name = null, class: className, package: packageName = '' } = node.attributes;
  if (className === undefined) return [{ kind: 'value', name, text: textOf(node) }];
  const id = idOf(node.children.find((child) => child.name === 'id'));
  return id === null ? [] : [{ kind: 'reference', className, packageName, id }];
}

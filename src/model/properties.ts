import type { Fallback, ReferenceProperty, ScalarProperty, SplitProperty, UserProperty, ValueCodec } from './class-model.ts';

/** Shorthands in which the class models are written. */

interface ScalarOptions {
  aliases?: string[];
  fallback?: Fallback;
  maxLength?: number;
  enumClass?: { className: string; packageName: string };
  component?: string;
  xmlOnly?: boolean;
}

function scalar(codec: ValueCodec) {
  return (name: string, column: string, options: ScalarOptions = {}): ScalarProperty => ({
    kind: 'scalar',
    name,
    column,
    codec,
    ...(codec === 'string' || codec === 'keyword' ? { maxLength: 255 } : {}),
    ...options,
  });
}

export const string = scalar('string');
export const text = scalar('text');
export const keyword = scalar('keyword');
export const integer = scalar('integer');
export const long = scalar('long');
export const boolean = scalar('boolean');
export const flag = scalar('flag');
export const double = scalar('double');
export const timestamp = scalar('timestamp');
export const base64 = scalar('base64');
export const character = scalar('character');

export function enumeration(
  name: string,
  column: string,
  packageName: string,
  className: string,
  options: ScalarOptions = {},
): ScalarProperty {
  return string(name, column, { enumClass: { className, packageName }, ...options });
}

interface ReferenceOptions {
  className?: string;
  aliases?: string[];
  idAliases?: string[];
}

export function reference(name: string, column: string, table: string, options: ReferenceOptions = {}): ReferenceProperty {
  return { kind: 'reference', name, column, table, ...options };
}

/** A reference to any content: the class written is that of the content. */
export function content(name: string, column: string, aliases?: string[]): ReferenceProperty {
  return reference(name, column, 'content', aliases ? { aliases } : {});
}

export function space(name = 'space', column = 'spaceid'): ReferenceProperty {
  return reference(name, column, 'spaces', { className: 'Space' });
}

export function user(name: string, column: string, aliases: string[] = []): UserProperty {
  return { kind: 'user', name, column, aliases };
}

export function split(name: string, columns: string[], codec: Pick<SplitProperty, 'split' | 'join'>): SplitProperty {
  return { kind: 'split', name, columns, ...codec };
}

/** creator, creationDate, lastModifier, lastModificationDate under their usual columns. */
export function audit() {
  return [
    user('creator', 'creator', ['creatorName']),
    timestamp('creationDate', 'creationdate'),
    user('lastModifier', 'lastmodifier', ['lastModifierName']),
    timestamp('lastModificationDate', 'lastmoddate'),
  ];
}

export function dates() {
  return [timestamp('creationDate', 'creationdate'), timestamp('lastModificationDate', 'lastmoddate')];
}

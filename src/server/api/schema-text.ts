/** A JSON Schema, as far as zod writes it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  default?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
}

const named = '#/components/schemas/';

/** The name of a schema that has one. */
export function nameOf(schema: Schema): string | null {
  return schema.$ref?.startsWith(named) ? schema.$ref.slice(named.length) : null;
}

/** A type in words: `Job[]`, `text or null`, `'SITE' | 'SPACE'`. @param link writes a name */
export function typeText(schema: Schema | undefined, link: (name: string) => string = (name) => name): string {
  if (!schema) return 'anything';
  const name = nameOf(schema);
  if (name) return link(name);
  if (schema.const !== undefined) return `'${String(schema.const)}'`;
  if (schema.enum) return schema.enum.map((one) => `'${String(one)}'`).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map((one) => typeText(one, link)))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeText({ ...schema, type }, link)).join(' or ');
  switch (schema.type) {
    case 'array': {
      const item = typeText(schema.items, link);
      return item.includes(' ') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return objectText(schema, link);
    case 'string':
      return schema.format === 'date-time' ? 'time' : 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'yes or no';
    case 'null':
      return 'null';
    default:
      return 'anything';
  }
}

function objectText({ properties, required = [] }: Schema, link: (name: string) => string): string {
  if (!properties) return 'object';
  const fields = Object.entries(properties).map(
    ([key, value]) => `${key}${required.includes(key) ? '' : '?'}: ${typeText(value, link)}`,
  );
  return `{ ${fields.join(', ')} }`;
}

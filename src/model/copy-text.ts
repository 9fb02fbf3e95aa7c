/**
 * PostgreSQL's COPY text format, the row format between rooms: one line a row, fields separated by a tab, `\N` is null,
 * backslash, tab, line feed and carriage return escaped (PostgreSQL manual, COPY, "Text Format").
 */

const needsEscape = /[\\\t\n\r]/;

/** One field. null is `\N`. The value must not hold U+0000, which no PostgreSQL text can. */
export function encodeField(value: string | null): string {
  if (value === null) return '\\N';
  if (!needsEscape.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}

/** One line without its line feed. */
export function encodeRow(values: (string | null)[]): string {
  let line = '';
  for (let i = 0; i < values.length; i++) line += i === 0 ? encodeField(values[i]) : `\t${encodeField(values[i])}`;
  return line;
}

const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The value of one field: the inverse of encodeField, accepting every escape that PostgreSQL may write. */
export function decodeField(field: string): string | null {
  if (!field.includes('\\')) return field;
  if (field === '\\N') return null;
  return field.replace(/\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|[\s\S])/g, (_, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return escapes[code] ?? code;
  });
}

/** The values of one line (without its line feed). */
export function decodeRow(line: string): (string | null)[] {
  return line.split('\t').map(decodeField);
}

/** The lines of a batch, without their line feeds. */
export function batchLines(data: Buffer): string[] {
  const lines = data.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

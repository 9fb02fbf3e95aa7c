import { compareRowKeys, type KeyKind, keyEnd } from './row-key.ts';

/** The key of a line as text in which every character is a byte (Latin-1): for sorting on disk. The line may lack its line feed. */
export function keyText(line: Buffer, fields: number): string {
  const hasFeed = line[line.length - 1] === 10;
  const end = hasFeed ? line.length : line.length + 1;
  return line.toString('latin1', 0, Math.min(keyEnd(line, 0, end, fields), line.length));
}

/** The order of keys as keyText gives them: that of compareRowKeys. */
export function compareKeyTexts(kinds: KeyKind[]): (a: string, b: string) => number {
  if (kinds.length === 0) return (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const isPlain = (text: string) => !text.includes('\\') && !text.includes('-');
  return (a, b) => {
    if (a === b) return 0;
    if (!isPlain(a) || !isPlain(b)) return compareRowKeys(kinds, Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'));
    if (kinds.length === 1) return kinds[0] === 'number' ? a.length - b.length || (a < b ? -1 : 1) : a < b ? -1 : 1;
    let fromA = 0;
    let fromB = 0;
    for (const kind of kinds) {
      const toA = fieldEnd(a, fromA);
      const toB = fieldEnd(b, fromB);
      if (kind === 'number' && toA - fromA !== toB - fromB) return toA - fromA - (toB - fromB);
      const fieldA = a.slice(fromA, toA);
      const fieldB = b.slice(fromB, toB);
      if (fieldA !== fieldB) return fieldA < fieldB ? -1 : 1;
      fromA = toA + 1;
      fromB = toB + 1;
    }
    return 0;
  };
}

function fieldEnd(text: string, from: number): number {
  const at = text.indexOf('\t', from);
  return at < 0 ? text.length : at;
}

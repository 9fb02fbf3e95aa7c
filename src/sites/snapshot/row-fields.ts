import { decodeField } from '#model/copy-text.ts';
import { lineEnd } from '#vault/tree/row-key.ts';

const tab = 9;

/** One line of COPY text in a buffer: data[start, end), the line feed included. */
export interface Line {
  data: Buffer;
  start: number;
  end: number;
}

/** The field of a line as it stands there, null for \N. Only for fields whose text needs no unescaping (ids, keys of users), or to compare. */
export function rawField({ data, start, end }: Line, index: number): string | null {
  let at = start;
  for (let i = 0; i < index; i++) {
    const next = data.indexOf(tab, at);
    if (next < 0 || next >= end) return null;
    at = next + 1;
  }
  let to = data.indexOf(tab, at);
  if (to < 0 || to >= end) to = end - 1;
  if (to - at === 2 && data[at] === 92 && data[at + 1] === 78) return null;
  return data.toString('utf8', at, to);
}

/** The value of a field. */
export function field(line: Line, index: number): string | null {
  const raw = rawField(line, index);
  return raw === null ? null : decodeField(raw);
}

export function* linesOf(data: Buffer): Generator<Line> {
  for (let start = 0, end = 0; start < data.length; start = end) {
    end = lineEnd(data, start);
    yield { data, start, end };
  }
}

/** Records of a CSV (RFC 4180: quotes doubled inside quoted fields, line feeds allowed there). Memory: one record. */
export async function* parseCsv(source: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let record: string[] = [];
  let field = '';
  let quoted = false;
  let quoteSeen = false;
  let any = false;
  const step = (character: string): boolean => {
    any = true;
    if (quoteSeen) {
      quoteSeen = false;
      if (character === '"') {
        field += '"';
        return false;
      }
      quoted = false;
    }
    if (quoted) {
      if (character === '"') quoteSeen = true;
      else field += character;
    } else if (character === '"' && field === '') quoted = true;
    else if (character === ',') {
      record.push(field);
      field = '';
    } else if (character === '\n') {
      record.push(field);
      field = '';
      return true;
    } else if (character !== '\r') field += character;
    return false;
  };
  for await (const chunk of source) {
    for (const character of decoder.decode(chunk, { stream: true })) {
      if (!step(character)) continue;
      yield record;
      record = [];
      any = false;
    }
  }
  if (any) yield [...record, field];
}

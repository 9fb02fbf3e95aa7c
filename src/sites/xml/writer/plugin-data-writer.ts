import { batchLines, decodeRow } from '#model/copy-text.ts';
import type { RowBatch, TableDescription } from '#model/site.ts';

/** PostgreSQL types as JDBC's codes and the element that holds a value, as Active Objects writes them. */
function sqlType(type: string): { code: number; precision: string; element: string } {
  const limit = /^character varying\((\d+)\)$/.exec(type);
  if (limit) return { code: 12, precision: limit[1], element: 'string' };
  switch (type) {
    case 'bigint':
      return { code: -5, precision: '19', element: 'integer' };
    case 'integer':
    case 'smallint':
      return { code: 4, precision: '10', element: 'integer' };
    case 'boolean':
      return { code: -7, precision: '1', element: 'boolean' };
    case 'timestamp without time zone':
      return { code: 93, precision: '29', element: 'timestamp' };
    case 'double precision':
    case 'real':
      return { code: 8, precision: '17', element: 'double' };
    case 'bytea':
      return { code: -2, precision: '2147483647', element: 'binary' };
    default:
      return { code: 12, precision: '1073741824', element: 'string' };
  }
}

function escapeText(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}

function valueText(element: string, value: string): string {
  if (element === 'boolean') return value === 't' ? 'true' : 'false';
  if (element === 'timestamp') {
    const [day, time] = value.split(' ');
    const [whole, fraction = ''] = time.split('.');
    return `${day}T${whole}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  }
  if (element === 'binary') return Buffer.from(value.slice(2), 'hex').toString('base64');
  return escapeText(value);
}

/** The beginning of the file: the definitions of all tables. */
export function pluginDataHeader(tables: TableDescription[]): string {
  let text = `<?xml version='1.0' encoding='UTF-8'?>\n<backup xmlns="http://www.atlassian.com/ao" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n`;
  text += '  <database>\n    <meta key="database.name" value="PostgreSQL"/>\n  </database>\n';
  for (const table of tables) {
    text += `  <table name="${escapeText(table.name)}">\n`;
    for (const column of table.columns) {
      const { code, precision } = sqlType(column.type);
      const primary = table.definition?.primaryKey.includes(column.name) ?? false;
      const auto = table.definition?.autoIncrement.includes(column.name) ?? false;
      const scale = code === 93 ? ' scale="6"' : '';
      text += `    <column name="${escapeText(column.name)}" primaryKey="${primary}" autoIncrement="${auto}" sqlType="${code}" precision="${precision}"${scale}/>\n`;
    }
    for (const key of table.definition?.foreignKeys ?? []) {
      text += `    <foreignKey fromTable="${escapeText(table.name)}" fromColumn="${escapeText(key.column)}" toTable="${escapeText(key.table)}" toColumn="${escapeText(key.references)}"/>\n`;
    }
    text += '  </table>\n';
  }
  return text;
}

/** The rows of one table, piece by piece. */
export async function* pluginDataRows(table: TableDescription, batches: AsyncIterable<RowBatch>): AsyncGenerator<string> {
  const columns = table.columns.map((column) => ({ ...column, element: sqlType(column.type).element }));
  yield `  <data tableName="${escapeText(table.name)}">\n${columns.map((c) => `    <column name="${escapeText(c.name)}"/>\n`).join('')}`;
  for await (const batch of batches) {
    let text = '';
    for (const line of batchLines(batch.data)) {
      text += '    <row>\n';
      decodeRow(line).forEach((value, i) => {
        const { element } = columns[i];
        text +=
          value === null
            ? `      <${element} xsi:nil="true"/>\n`
            : `      <${element}>${valueText(element, value)}</${element}>\n`;
      });
      text += '    </row>\n';
    }
    yield text;
  }
  yield '  </data>\n';
}

export const pluginDataFooter = '</backup>\n';

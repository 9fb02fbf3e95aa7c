import { SaxesParser } from 'saxes';
import { OxbowError } from '#base/errors.ts';
import type { TableDescription } from '#model/site.ts';

/** Where a site backup keeps the tables of its apps. */
export const pluginDataEntry = 'plugin-data/com.atlassian.activeobjects.confluence.spi/activeObjectsBackupRestoreProvider.pdata';

/** JDBC's type codes (java.sql.Types) that Active Objects writes, as PostgreSQL types. */
function columnType(sqlType: number, precision: number): string {
  switch (sqlType) {
    case 12: // VARCHAR; Active Objects says 2^30 characters for unlimited strings
    case -9:
      return precision > 0 && precision <= 4000 ? `character varying(${precision})` : 'text';
    case -1:
    case 2005:
      return 'text';
    case -5:
      return 'bigint';
    case 4:
    case 5:
      return 'integer';
    case -7:
    case 16:
      return 'boolean';
    case 93:
      return 'timestamp without time zone';
    case 91:
      return 'date';
    case 6:
    case 7:
    case 8:
      return 'double precision';
    case 2:
    case 3:
      return 'numeric';
    case -2:
    case -3:
    case -4:
    case 2004:
      return 'bytea';
    default:
      return 'text';
  }
}

function columnValue(type: string, text: string): string {
  if (type === 'boolean') return text === 'true' || text === '1' ? 't' : 'f';
  // Times carry the zone of the server that wrote them; the column has none and keeps the digits.
  if (type.startsWith('timestamp')) return text.replace('T', ' ').replace(/(?:\.0+)?(?:Z|[+-]\d\d:?\d\d)$/, '');
  if (type === 'bytea') return `\\x${Buffer.from(text, 'base64').toString('hex')}`;
  return text;
}

export interface PluginDataSink {
  table(description: TableDescription): void;
  row(table: string, values: (string | null)[]): void;
  /** Between chunks of input. */
  drain(): Promise<void>;
}

/**
 * Reads Active Objects' backup of the tables of apps (`<backup xmlns="http://www.atlassian.com/ao">`): the definitions, then the rows.
 * Memory: one row. Errors: PLUGIN_DATA_DAMAGED.
 */
export async function readPluginData(source: AsyncIterable<Buffer>, sink: PluginDataSink): Promise<void> {
  const tables = new Map<string, TableDescription>();
  const parser = new SaxesParser({ position: false });
  let current: TableDescription | null = null;
  let columns: string[] = [];
  let indexes: number[] = [];
  let values: (string | null)[] = [];
  let text: string | null = null;
  const damaged = (problem: string) =>
    new OxbowError('PLUGIN_DATA_DAMAGED', `The data of apps in the backup cannot be read: ${problem}.`, {
      hint: 'Restore with --without-app-data to leave it out.',
    });
  parser.on('error', (error) => {
    throw damaged(error.message.replace(/^\S*:\d+:\d+: /, ''));
  });
  parser.on('opentag', (tag) => {
    const attribute = (name: string) => String(tag.attributes[name] ?? '');
    if (tag.name === 'table') {
      current = { name: attribute('name'), columns: [], definition: { primaryKey: [], autoIncrement: [], foreignKeys: [] } };
      tables.set(current.name, current);
    } else if (tag.name === 'column' && current && 'sqlType' in tag.attributes) {
      const name = attribute('name');
      current.columns.push({ name, type: columnType(Number(attribute('sqlType')), Number(attribute('precision') || 0)) });
      if (attribute('primaryKey') === 'true') current.definition!.primaryKey.push(name);
      if (attribute('autoIncrement') === 'true') current.definition!.autoIncrement.push(name);
    } else if (tag.name === 'foreignKey' && current) {
      current.definition!.foreignKeys.push({
        column: attribute('fromColumn'),
        table: attribute('toTable'),
        references: attribute('toColumn'),
      });
    } else if (tag.name === 'data') {
      current = tables.get(attribute('tableName')) ?? null;
      if (!current) throw damaged(`rows of the table '${attribute('tableName')}', which it does not define`);
      columns = [];
    } else if (tag.name === 'column') columns.push(attribute('name'));
    else if (tag.name === 'row') {
      const known = current!.columns.map((column) => column.name);
      indexes = columns.map((name) => known.indexOf(name));
      values = [];
    } else if (tag.name !== 'backup' && tag.name !== 'database' && tag.name !== 'meta') {
      text = attribute('xsi:nil') === 'true' ? null : '';
      values.push(text);
    }
  });
  parser.on('text', (chunk) => {
    if (text !== null) text += chunk;
  });
  parser.on('cdata', (chunk) => {
    if (text !== null) text += chunk;
  });
  parser.on('closetag', (tag) => {
    if (tag.name === 'table') sink.table(current!);
    else if (tag.name === 'row') {
      const row: (string | null)[] = new Array(current!.columns.length).fill(null);
      values.forEach((value, i) => {
        if (indexes[i] >= 0 && value !== null) row[indexes[i]] = columnValue(current!.columns[indexes[i]].type, value);
      });
      sink.row(current!.name, row);
    } else if (text !== null) {
      values[values.length - 1] = text;
      text = null;
    }
  });
  const decoder = new TextDecoder();
  for await (const chunk of source) {
    parser.write(decoder.decode(chunk, { stream: true }));
    await sink.drain();
  }
  parser.write(decoder.decode()).close();
}

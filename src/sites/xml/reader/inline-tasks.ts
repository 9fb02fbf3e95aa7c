import { parseCsv } from '#base/csv.ts';
import type { TableDescription } from '#model/site.ts';

/** The inline tasks of a Cloud space export, at the top of the zip. */
export const inlineTasksEntry = 'AO_BAF3AA_AOINLINE_TASK.csv';

/** The table of the inline-tasks app (8.x). The CSV has four more columns, which repeat the page and the space. */
export const inlineTasksTable: TableDescription = {
  name: 'AO_BAF3AA_AOINLINE_TASK',
  columns: [
    { name: 'ASSIGNEE_USER_KEY', type: 'character varying(255)' },
    { name: 'BODY', type: 'text' },
    { name: 'COMPLETE_DATE', type: 'timestamp without time zone' },
    { name: 'COMPLETE_USER_KEY', type: 'character varying(255)' },
    { name: 'CONTENT_ID', type: 'bigint' },
    { name: 'CREATE_DATE', type: 'timestamp without time zone' },
    { name: 'CREATOR_USER_KEY', type: 'character varying(255)' },
    { name: 'DUE_DATE', type: 'timestamp without time zone' },
    { name: 'GLOBAL_ID', type: 'bigint' },
    { name: 'ID', type: 'bigint' },
    { name: 'TASK_STATUS', type: 'character varying(255)' },
    { name: 'UPDATE_DATE', type: 'timestamp without time zone' },
  ],
  definition: { primaryKey: ['GLOBAL_ID'], autoIncrement: ['GLOBAL_ID'], foreignKeys: [] },
};

/** The rows of the CSV in the columns of inlineTasksTable. Empty fields of columns other than BODY are null. */
export async function* readInlineTasks(source: AsyncIterable<Buffer>): AsyncGenerator<(string | null)[]> {
  let indexes: number[] | null = null;
  for await (const record of parseCsv(source)) {
    if (indexes === null) {
      indexes = inlineTasksTable.columns.map((column) => record.indexOf(column.name));
      continue;
    }
    yield indexes.map((at, i) => {
      const text = at < 0 ? undefined : record[at];
      if (text === undefined || (text === '' && inlineTasksTable.columns[i].name !== 'BODY')) return null;
      return inlineTasksTable.columns[i].type.startsWith('timestamp') ? text.replace(/\.0+$/, '') : text;
    });
  }
}

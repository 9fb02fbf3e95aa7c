import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { databaseError } from '../postgres-error.ts';

/**
 * Runs `COPY (query) TO STDOUT` and gives whole lines, many at a time. Memory: what the server sends at once, or one row.
 * @param doing for errors ("reading the table content")
 */
export async function* copyOut(
  client: pg.ClientBase,
  query: string,
  doing: string,
  context: Pick<RunContext, 'signal'>,
): AsyncGenerator<Buffer> {
  const stream = client.query(copyTo(`COPY (${query}) TO STDOUT`));
  // Pieces of a line that has not ended yet: joined once, however many they are.
  let rest: Buffer[] = [];
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      throwIfCancelled(context);
      const end = chunk.lastIndexOf(10) + 1;
      if (end === 0) {
        rest.push(chunk);
        continue;
      }
      yield rest.length > 0 ? Buffer.concat([...rest, chunk.subarray(0, end)]) : chunk.subarray(0, end);
      rest = end < chunk.length ? [chunk.subarray(end)] : [];
    }
  } catch (error) {
    throw databaseError(error, doing);
  }
}

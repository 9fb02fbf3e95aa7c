import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParallelTask, runTasks } from './parallel-tasks.ts';

const task = (fields: Partial<ParallelTask<number>>): ParallelTask<number> => ({
  name: 'task',
  table: 'a',
  alone: false,
  weight: 1,
  run: async () => {},
  ...fields,
});

describe('tasks that run in parallel', () => {
  it('never share a table with one that must be alone, keep its order, and all run once', async () => {
    const kind = fc.record({ table: fc.constantFrom('a', 'b', 'c'), alone: fc.boolean(), weight: fc.nat(9), ms: fc.nat(2) });
    const shape = fc.record({ tasks: fc.array(kind, { maxLength: 30 }), workers: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(shape, async ({ tasks, workers }) => {
        const running = new Map<string, number>();
        const begun: number[] = [];
        const busy = new Set<number>();
        const all = tasks.map(({ ms, ...fields }, at) =>
          task({
            ...fields,
            run: async (worker) => {
              expect(busy.has(worker)).toBe(false);
              busy.add(worker);
              const others = running.get(fields.table) ?? 0;
              if (fields.alone) expect(others).toBe(0);
              const earlier = tasks.slice(0, at).some((other, n) => {
                const excludes = other.table === fields.table && (other.alone || fields.alone);
                return excludes && !begun.includes(n);
              });
              expect(earlier).toBe(false);
              begun.push(at);
              running.set(fields.table, others + (fields.alone ? 100 : 1));
              await sleep(ms);
              running.set(fields.table, running.get(fields.table)! - (fields.alone ? 100 : 1));
              busy.delete(worker);
            },
          }),
        );
        await runTasks([...Array(workers).keys()], all, () => {});
        expect(begun.sort((a, b) => a - b)).toEqual(tasks.map((_, at) => at));
      }),
      { numRuns: 60 },
    );
  });

  it('begin with the heaviest that may run, and go on with what follows from one', async () => {
    const order: string[] = [];
    const named = (name: string, weight: number, next?: ParallelTask<number>[]) =>
      task({ name, table: name, weight, run: async () => void order.push(name), ...(next ? { next: () => next } : {}) });
    await runTasks([0], [named('light', 1), named('heavy', 9, [named('after', 5)]), named('middle', 4)], () => {});
    expect(order).toEqual(['heavy', 'after', 'middle', 'light']);
  });

  it('end with the first failure, once all that runs has ended', async () => {
    const order: string[] = [];
    const failures: unknown[] = [];
    const fail = task({ table: 'b', weight: 9, run: () => Promise.reject(new Error('first')) });
    const slow = task({
      weight: 8,
      run: async () => {
        await sleep(20);
        order.push('slow');
        throw new Error('second');
      },
    });
    const never = task({ table: 'c', run: async () => void order.push('never') });
    const ran = runTasks([0, 1], [fail, slow, never], (error) => failures.push((error as Error).message));
    await expect(ran).rejects.toThrow('first');
    expect(order).toEqual(['slow']);
    expect(failures).toEqual(['first', 'second']);
  });
});

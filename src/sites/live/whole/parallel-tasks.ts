/** A piece of work on one table, done by one of several workers. */
export interface ParallelTask<Worker> {
  /** For progress and errors ("content: content_pkey"). */
  name: string;
  table: string;
  /** True: no other task on the same table may run beside it (it takes a lock that excludes others, and two would wait or deadlock). */
  alone: boolean;
  /** The heaviest task that may run starts first. */
  weight: number;
  run(worker: Worker): Promise<void>;
  /** What can be done once it has run. */
  next?: () => ParallelTask<Worker>[];
}

interface TableUse {
  tasks: number;
  alone: boolean;
}

/**
 * Runs tasks on all workers at once. Tasks on one table keep their order as far as `alone` demands it: one that must be alone waits for those
 * before it, and those after it wait for it. After the first failure nothing starts any more; it is thrown when all that runs has ended,
 * which `onFailure` may hasten.
 */
export async function runTasks<Worker>(
  workers: Worker[],
  tasks: ParallelTask<Worker>[],
  onFailure: (error: unknown) => void,
): Promise<void> {
  const waiting = [...tasks];
  const inUse = new Map<string, TableUse>();
  let running = 0;
  let failure: { error: unknown } | null = null;
  let change = Promise.withResolvers<void>();
  const changed = () => {
    change.resolve();
    change = Promise.withResolvers<void>();
  };
  const work = async (worker: Worker) => {
    for (;;) {
      const task = failure ? null : take(waiting, inUse);
      if (!task) {
        if (running === 0 || failure) return;
        await change.promise;
        continue;
      }
      running++;
      try {
        await task.run(worker);
        waiting.push(...(task.next?.() ?? []));
      } catch (error) {
        failure ??= { error };
        onFailure(error);
      }
      running--;
      release(inUse, task.table);
      changed();
    }
  };
  await Promise.all(workers.map(work));
  // Assigned in a closure, which the compiler does not see.
  const failed = failure as { error: unknown } | null;
  if (failed) throw failed.error;
}

function take<Worker>(waiting: ParallelTask<Worker>[], inUse: Map<string, TableUse>): ParallelTask<Worker> | null {
  /** Tables with a task further up that must be alone, and those with any. */
  const closed = new Set<string>();
  const wanted = new Set<string>();
  let best = -1;
  for (const [at, { table, alone, weight }] of waiting.entries()) {
    const use = inUse.get(table);
    const isFree = alone ? !use && !wanted.has(table) : !use?.alone && !closed.has(table);
    if (isFree && (best < 0 || weight > waiting[best].weight)) best = at;
    wanted.add(table);
    if (alone) closed.add(table);
  }
  if (best < 0) return null;
  const [task] = waiting.splice(best, 1);
  const use = inUse.get(task.table);
  if (use) use.tasks++;
  else inUse.set(task.table, { tasks: 1, alone: task.alone });
  return task;
}

function release(inUse: Map<string, TableUse>, table: string): void {
  const use = inUse.get(table)!;
  use.tasks--;
  if (use.tasks === 0) inUse.delete(table);
}

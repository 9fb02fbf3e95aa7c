/** What a plan says in numbers, of a whole site or of spaces. Results of older versions may lack some: those count as none. */
export interface PlanNumbers {
  records: number;
  files: number;
  added: number;
  replaced: number;
  left: number;
  /** The whole of a site goes into an empty database. */
  isEmptyTarget: boolean;
}

interface Result {
  rows?: number;
  files?: number;
  target?: { database?: string };
  records?: { processed?: number; persisted?: number };
  attachments?: { files?: number };
  spaces?: { action: string }[];
}

export function planNumbers(result: unknown): PlanNumbers {
  const { rows, files, target, records, attachments, spaces = [] } = (result ?? {}) as Result;
  const countOf = (action: string) => spaces.filter((one) => one.action === action).length;
  return {
    records: rows ?? records?.persisted ?? records?.processed ?? 0,
    files: files ?? attachments?.files ?? 0,
    added: countOf('restore'),
    replaced: countOf('replace'),
    left: countOf('skip'),
    isEmptyTarget: target?.database === 'empty',
  };
}

/** A plan of spaces by which none is restored: the site has them all, and they are left as they are. */
export function isOfNothing(result: unknown): boolean {
  const { added, replaced, left } = planNumbers(result);
  return left > 0 && added + replaced === 0;
}

/** Something that is wrong. `object` is a key of the store. */
export interface CheckProblem {
  code: 'OBJECT_MISSING' | 'OBJECT_DAMAGED' | 'CHUNK_MISSING' | 'CHUNK_DAMAGED';
  object: string;
  message: string;
}

export interface CheckNote {
  object: string;
  message: string;
}

/** How many problems and notes are named. */
const namedAtMost = 10_000;

/** What a check finds: the first ten thousand of each by name, all by number. */
export class Findings {
  readonly problems: CheckProblem[] = [];
  readonly notes: CheckNote[] = [];
  total = 0;

  add(code: CheckProblem['code'], object: string, message: string): void {
    this.total++;
    if (this.problems.length < namedAtMost) this.problems.push({ code, object, message });
  }

  note(object: string, message: string): void {
    if (this.notes.length < namedAtMost) this.notes.push({ object, message });
  }
}

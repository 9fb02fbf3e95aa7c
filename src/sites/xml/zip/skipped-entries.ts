import type { Warning } from '#base/run-context.ts';
import { quoteName } from './entry-name.ts';

/** Counts what is left out of a backup without being an error. */
export class SkippedEntries {
  readonly #path: string;
  #folders = 0;
  #systemFiles = 0;
  #firstSystemFile: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  see(name: string, isFolder: boolean): void {
    if (isFolder && !name.startsWith('__MACOSX')) {
      this.#folders++;
      return;
    }
    this.#systemFiles++;
    this.#firstSystemFile ??= name;
  }

  problems(): Warning[] {
    const problems: Warning[] = [];
    if (this.#folders > 0) {
      const message = `${this.#path} was packed again by another program: ${this.#folders} entries stand for folders and are passed over.`;
      problems.push({ code: 'ZIP_FOLDER_ENTRIES', message });
    }
    if (this.#firstSystemFile !== undefined) {
      const message = `${this.#systemFiles} entries that macOS adds, such as ${quoteName(this.#firstSystemFile)}, are passed over.`;
      problems.push({ code: 'ZIP_SYSTEM_FILES', message, object: this.#firstSystemFile });
    }
    return problems;
  }
}

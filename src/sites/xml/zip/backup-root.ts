import { OxbowError } from '#base/errors.ts';
import type { Warning } from '#base/run-context.ts';
import type { Descriptor } from '../descriptor.ts';
import { quoteName } from './entry-name.ts';

export const ENTITIES = 'entities.xml';
export const DESCRIPTOR = 'exportDescriptor.properties';

/** Watches the names of a source go by and then says where in it the backup lies. Holds at most a dozen names. */
export class BackupRootFinder {
  /** Folders ('' or 'a/b/') of the shallowest entities.xml seen. */
  #roots: string[] = [];
  #depth = Number.POSITIVE_INFINITY;
  #descriptor: string | undefined;
  #spacesTable = false;
  #innerZip: string | undefined;
  #examples: string[] = [];
  #count = 0;

  /** `name` is normalised and belongs to a file. */
  see(name: string): void {
    this.#count++;
    if (this.#examples.length < 5) this.#examples.push(name);
    if (name.startsWith('attachments/')) return;
    const slash = name.lastIndexOf('/') + 1;
    const base = name.slice(slash);
    if (base === ENTITIES) this.#seeRoot(name.slice(0, slash));
    else if (base === DESCRIPTOR && (this.#descriptor === undefined || name.length < this.#descriptor.length))
      this.#descriptor = name;
    else if (base === 'spaces.csv' || base === 'spaces.csv.gz') this.#spacesTable = true;
    else if (base.endsWith('.zip')) this.#innerZip ??= name;
  }

  /**
   * The folder inside the source that is the backup: '' or 'wrapper/'. A wrapper is added to `problems` as ZIP_NESTED_FOLDER.
   * Throws BACKUP_CLOUD_CSV or BACKUP_NO_ENTITIES. `readDescriptor` is called at most once, with the full name of a descriptor.
   */
  async find(path: string, problems: Warning[], readDescriptor: (name: string) => Promise<Descriptor>): Promise<string> {
    const [root] = this.#roots;
    if (root !== undefined && this.#roots.length === 1) {
      if (root !== '') {
        const message = `The backup lies in the folder ${quoteName(root)} inside ${path}, not at its top: it is read from there, and nothing else is.`;
        problems.push({ code: 'ZIP_NESTED_FOLDER', message, object: root });
      }
      return root;
    }
    if (root !== undefined) {
      const roots = this.#roots.map(quoteName).join(', ');
      throw new OxbowError('BACKUP_NO_ENTITIES', `${path} holds several backups, in the folders ${roots}, and none at its top.`, {
        hint: 'Unpack it and give one of these folders.',
      });
    }
    const isCsv =
      this.#spacesTable || (this.#descriptor !== undefined && (await readDescriptor(this.#descriptor)).exportFormat === 'csv');
    if (isCsv) {
      throw new OxbowError('BACKUP_CLOUD_CSV', `${path} is a CSV export of Confluence Cloud, not an XML backup.`, {
        hint: 'In Confluence Cloud, export the space again and choose XML.',
      });
    }
    throw new OxbowError(
      'BACKUP_NO_ENTITIES',
      `${path} holds no ${ENTITIES}, so it is not an XML backup. It holds ${this.#contents()}.`,
      {
        hint: this.#innerZip
          ? `Unpack it and give the zip inside it, ${quoteName(this.#innerZip)}.`
          : 'Give the zip that Confluence wrote, or the folder where it was unpacked.',
      },
    );
  }

  #seeRoot(folder: string): void {
    const depth = folder.split('/').length;
    if (depth < this.#depth) {
      this.#depth = depth;
      this.#roots = [];
    }
    if (depth === this.#depth && this.#roots.length < 5) this.#roots.push(folder);
  }

  #contents(): string {
    if (this.#count === 0) return 'no files';
    const more = this.#count - this.#examples.length;
    return this.#examples.map(quoteName).join(', ') + (more > 0 ? ` and ${more} more` : '');
  }
}

import { chown, lstat, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { LiveSite } from '../connection.ts';
import { fileError } from '../restore/attachment-stage.ts';
import { syncTree } from '../restore/flush.ts';
import { type FileAttributes, setAttributes, setLinkAttributes } from './file-attributes.ts';
import { FilePace, waitingCalls } from './file-calls.ts';
import { configName, readConfig, stagingConfig, warnKept, warnOtherDatabase } from './site-config.ts';
import { isReserved, type StageRoot, type StageRoots } from './stage-roots.ts';
import { StagedFolders } from './staged-folders.ts';
import { pathParts, unsafePath } from './staged-path.ts';

/** One file of a snapshot. */
export interface WholeFile {
  /** '/'-separated, begins with the name of a root ('home/attachments/v4/...'). */
  path: string;
  kind: 'file' | 'folder' | 'link';
  size: number;
  /** Nanoseconds since 1970, decimal. */
  mtime: string;
  mode: number;
  uid: number;
  gid: number;
  /** Of a link: what it points to. */
  target?: string;
  /** The bytes of a file. Called once, or not at all. */
  open(): AsyncIterable<Buffer>;
}

type Content = Pick<WholeFile, 'path' | 'size' | 'open'>;

/** Files written at the same time. */
const concurrency = 8;
/** A file up to this size is read whole before it is written. */
const smallBytes = 256 * 1024;

/**
 * The files of a whole site, staged in the folder of the restore (and other roots beside their targets). Nothing outside is touched, whatever
 * paths and links the snapshot holds.
 */
export class FileStage {
  readonly #site: LiveSite;
  readonly #roots: StageRoots;
  readonly #context: RunContext;
  readonly #isStagingCopy: boolean;
  readonly #pace = new FilePace();
  readonly #folders: StagedFolders;
  readonly #running = new Set<Promise<void>>();
  readonly #reported = new Set<string>();
  #failure: unknown = null;
  #files = 0;
  #bytes = 0;

  constructor(site: LiveSite, roots: StageRoots, isStagingCopy: boolean, context: RunContext) {
    this.#site = site;
    this.#roots = roots;
    this.#isStagingCopy = isStagingCopy;
    this.#context = context;
    this.#folders = new StagedFolders(this.#pace, (target, attributes) =>
      this.#start(() => this.#pace.run((calls) => setAttributes(calls, target, 'folder', attributes))),
    );
  }

  get written(): { files: number; bytes: number } {
    return { files: this.#files, bytes: this.#bytes };
  }

  /** Writes all files, in ascending order of path by bytes, and makes them durable. */
  async write(files: AsyncIterable<WholeFile>): Promise<void> {
    try {
      for await (const file of files) {
        throwIfCancelled(this.#context);
        await this.#add(file);
      }
      this.#folders.end();
      await this.#settle();
      if (this.#failure) throw this.#failure;
      for (const folder of this.#roots.staged) await syncTree(folder);
    } catch (error) {
      await this.#settle();
      throw fileError(error, this.#site.home);
    }
  }

  async #add(file: WholeFile): Promise<void> {
    if (this.#failure) throw this.#failure;
    const [rootName, ...parts] = pathParts(file.path);
    const root = this.#roots.of(rootName);
    if (root === 'unknown') this.#passOver(`${rootName}/`, 'no folder was named to restore it to');
    if (typeof root === 'string') return;
    this.#folders.reach(file.path);
    const attributes = this.#attributes(file, root);
    if (parts.length === 0) return await this.#addRoot(root, file, attributes);
    if (root.isHome && isReserved(parts[0])) return this.#passOver(file.path, 'the home directory keeps such names for restores');
    await this.#ownNewHome(root, attributes);
    const target = join(root.folderOf(parts[0]), ...parts);
    // It must be possible to move what is at the top.
    if (parts.length === 1) attributes.mode |= file.kind === 'folder' ? 0o700 : 0;
    if (file.kind === 'folder') return await this.#folders.add(file.path, target, root.base, attributes);
    await this.#folders.make(file.path, dirname(target), root.base);
    if (file.kind === 'link') return await this.#link(file, target, attributes);
    const isConfig = parts.length === 1 && parts[0] === configName;
    const content = isConfig ? await this.#config(file, root) : file;
    if (content === null) return;
    const release = this.#folders.hold(file.path);
    while (this.#running.size >= concurrency) await Promise.race(this.#running);
    if (this.#failure) throw this.#failure;
    this.#start(() => this.#write(file, target, content, attributes).finally(release));
  }

  async #addRoot(root: StageRoot, file: WholeFile, attributes: FileAttributes): Promise<void> {
    if (file.kind !== 'folder') throw unsafePath(file.path, 'is no folder, but the root of others');
    if (!root.isHome) await this.#folders.add(file.path, root.base, root.base, attributes);
    await this.#ownNewHome(root, attributes);
  }

  /** A home that the restore made belongs to whom its files belong. */
  async #ownNewHome(root: StageRoot, { owner }: FileAttributes): Promise<void> {
    if (!root.isHome || !root.isNew || !owner || this.#reported.has('owner')) return;
    this.#reported.add('owner');
    await chown(this.#site.home, owner.uid, owner.gid);
  }

  #attributes({ mode, mtime, uid, gid }: WholeFile, root: StageRoot): FileAttributes {
    return { mode, mtime, owner: process.getuid?.() === 0 ? (root.owner ?? { uid, gid }) : null };
  }

  #start(work: () => Promise<void>): void {
    const running: Promise<void> = work()
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #write(file: WholeFile, target: string, content: Content, attributes: FileAttributes): Promise<void> {
    throwIfCancelled(this.#context);
    try {
      if (content.size <= smallBytes) await this.#writeSmall(target, content, attributes);
      else await this.#writeLarge(target, content, attributes);
    } catch (error) {
      throw systemErrorCode(error) === 'EEXIST' ? unsafePath(file.path, 'is there twice') : error;
    }
    this.#files++;
    this.#bytes += content.size;
    this.#context.progress({ phase: 'copying files', done: this.#files, unit: 'files' });
  }

  async #writeSmall(target: string, content: Content, attributes: FileAttributes): Promise<void> {
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of content.open()) {
      size += piece.length;
      if (size > content.size) break;
      pieces.push(piece);
    }
    if (size !== content.size) throw incomplete(content, size);
    const bytes = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    await this.#pace.run(async (calls) => {
      await calls.writeFile(target, bytes, { flag: 'wx', mode: 0o600 });
      await setAttributes(calls, target, 'file', attributes);
    });
  }

  async #writeLarge(target: string, content: Content, attributes: FileAttributes): Promise<void> {
    const handle = await open(target, 'wx', 0o600);
    let size = 0;
    try {
      for await (const piece of content.open()) {
        await handle.writeFile(piece);
        size += piece.length;
      }
    } finally {
      await handle.close();
    }
    if (size !== content.size) throw incomplete(content, size);
    await setAttributes(waitingCalls, target, 'file', attributes);
  }

  /** A link is made as it is, wherever it leads; nothing is ever written through it. */
  async #link(file: WholeFile, target: string, attributes: FileAttributes): Promise<void> {
    try {
      await this.#pace.run(async (calls) => {
        await calls.symlink(file.target ?? '', target);
        await setLinkAttributes(calls, target, attributes);
      });
    } catch (error) {
      throw systemErrorCode(error) === 'EEXIST' ? unsafePath(file.path, 'is there twice') : error;
    }
  }

  /** What to write as the configuration; null for nothing. */
  async #config(file: WholeFile, root: StageRoot): Promise<Content | null> {
    const { warn } = this.#context;
    const config = await readConfig(() => file.open());
    if (config.length !== file.size) throw incomplete(file, config.length);
    const present = join(root.target, configName);
    if (root.isHome && (await lstat(present).catch(() => null))) {
      await warnKept(present, config, warn);
      return null;
    }
    const written = this.#isStagingCopy ? stagingConfig(config, this.#site, warn) : config;
    if (!written) return null;
    if (!this.#isStagingCopy) warnOtherDatabase(config, this.#site, warn);
    const open = async function* () {
      yield written;
    };
    return { path: file.path, size: written.length, open };
  }

  /** A file that is done may let its folder be finished. */
  async #settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #passOver(object: string, message: string): void {
    if (this.#reported.has(object) || this.#reported.size > 1000) return;
    this.#reported.add(object);
    this.#context.warn({ code: 'FILES_PASSED_OVER', message, object });
  }

  /** A write() that runs fails with its next file. */
  stop(): void {
    this.#failure ??= new OxbowError('CANCELLED', 'Cancelled: nothing was changed.');
  }

  /** Removes all that was staged. */
  async remove(): Promise<void> {
    this.stop();
    await this.#settle();
    for (const folder of this.#roots.staged) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function incomplete(file: Content, size: number): OxbowError {
  return new OxbowError(
    'FILE_INCOMPLETE',
    `The file ${file.path} has ${size} bytes, the snapshot says ${file.size}. Nothing was changed.`,
    { hint: 'Check the vault, or choose another snapshot.' },
  );
}

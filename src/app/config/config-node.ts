import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { OxbowError } from '#base/errors.ts';

/** Collects what is wrong with a file, so that all of it is told at once. */
export class ConfigProblems {
  readonly file: string;
  readonly lines: LineCounter;
  readonly #problems: { offset: number; text: string }[] = [];

  constructor(file: string, lines: LineCounter) {
    this.file = file;
    this.lines = lines;
  }

  add(node: Pick<Node, 'range'> | null | undefined, message: string): void {
    const offset = node?.range?.[0];
    const at = offset === undefined ? null : this.lines.linePos(offset);
    this.#problems.push({ offset: offset ?? -1, text: at ? `line ${at.line}, column ${at.col}: ${message}` : message });
  }

  /** Throws CONFIG_INVALID with everything that was added, from top to bottom. */
  throwIfAny(): void {
    if (this.#problems.length === 0) return;
    const problems = this.#problems.toSorted((a, b) => a.offset - b.offset).map(({ text }) => text);
    throw new OxbowError('CONFIG_INVALID', `The configuration ${this.file} cannot be used:\n  ${problems.join('\n  ')}`, {
      hint: 'docs/reference/configuration.md lists every setting.',
      details: { problems },
    });
  }
}

/** One value of the file, with where it stands. */
export class ConfigNode {
  readonly path: string;
  readonly #node: Node | null;
  readonly #problems: ConfigProblems;
  /** Where it belongs, when it is missing. */
  readonly #place: Node | null;

  constructor(path: string, node: Node | null, problems: ConfigProblems, place: Node | null = null) {
    this.path = path;
    this.#node = node;
    this.#problems = problems;
    this.#place = place;
  }

  static parse(text: string, file: string): { root: ConfigNode; problems: ConfigProblems } {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
    const problems = new ConfigProblems(file, lines);
    for (const error of document.errors)
      problems.add({ range: [error.pos[0], error.pos[1], error.pos[1]] }, error.message.split('\n')[0]);
    return { root: new ConfigNode('', document.contents as Node | null, problems), problems };
  }

  get isMissing(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  /** The settings of a map by name; keys that are not known are problems. Missing ones are nodes that are missing. */
  map<Key extends string>(known: readonly Key[]): Record<Key, ConfigNode> {
    const result = Object.fromEntries(known.map((key) => [key, this.#child(key, null)])) as Record<Key, ConfigNode>;
    if (this.isMissing) return result;
    if (!isMap(this.#node)) {
      this.#unexpected('settings (name: value)');
      return result;
    }
    for (const { key, value } of (this.#node as YAMLMap<Node, Node | null>).items) {
      const name = isScalar(key) ? String(key.value) : '';
      if ((known as readonly string[]).includes(name)) result[name as Key] = this.#child(name, value);
      else this.#problems.add(key, `there is no setting "${this.#pathOf(name)}"${suggestion(name, known)}`);
    }
    return result;
  }

  list(): ConfigNode[] {
    if (this.isMissing) return [];
    if (!isSeq(this.#node)) {
      this.#unexpected('a list (one "- " for each)');
      return [];
    }
    const place = this.#node;
    return place.items.map((item, i) => new ConfigNode(`${this.path}[${i + 1}]`, item as Node | null, this.#problems, place));
  }

  /** Says what is wrong here. Gives undefined, so that it can stand where a value is expected. */
  wrong(message: string): undefined {
    this.#problems.add(this.#node ?? this.#place, `${this.path || 'the file'}: ${message}`);
    return undefined;
  }

  text(): string | undefined {
    if (this.isMissing) return undefined;
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
    // As it is written: 0123 stays what it is.
    if (typeof value === 'number') return (this.#node as Scalar).source ?? String(value);
    return this.#unexpected('a text');
  }

  flag(): boolean | undefined {
    if (this.isMissing) return undefined;
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    return typeof value === 'boolean' ? value : this.#unexpected('true or false');
  }

  choice<Choice extends string>(choices: readonly Choice[]): Choice | undefined {
    if (this.isMissing) return undefined;
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    return choices.find((one) => one === value) ?? this.#unexpected(`one of ${choices.join(', ')}`);
  }

  whole(least: number, most: number): number | undefined {
    if (this.isMissing) return undefined;
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    return this.#unexpected(`a whole number from ${least} to ${most}`);
  }

  /** "20M", "1 GiB": units of 1000, with an i of 1024. */
  bytes(): number | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(text);
    if (!match) return this.#unexpected('a size, such as 500M or 2 GiB');
    return Math.round(Number(match[1]) * (match[3] ? 1024 : 1000) ** ' kmgt'.indexOf(match[2].toLowerCase() || ' '));
  }

  url(protocols: readonly string[]): string | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const url = URL.parse(text);
    if (url && protocols.includes(url.protocol.slice(0, -1))) return text;
    return this.wrong(`expected an address that begins with ${protocols.map((p) => `${p}://`).join(' or ')}`);
  }

  /** What stands here is not repeated when it may be an address, which may hold a password. */
  #unexpected(expected: string): undefined {
    return this.wrong(`expected ${expected}, but found ${foundWords(this.#node)}`);
  }

  required<T>(value: T | undefined): T | undefined {
    if (value === undefined && this.isMissing) this.wrong('is missing');
    return value;
  }

  #child(name: string, node: Node | null): ConfigNode {
    return new ConfigNode(this.#pathOf(name), node, this.#problems, this.#node);
  }

  #pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

function foundWords(node: Node | null): string {
  if (isMap(node)) return 'settings (name: value)';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node)) return 'a reference (*)';
  const text = String(node.value);
  return /[:@]/.test(text) ? 'something else' : `"${text.slice(0, 40)}"`;
}

function suggestion(name: string, known: readonly string[]): string {
  const near = known
    .map((key) => ({ key, far: distance(name.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)[0];
  return near && near.far <= 3 ? `; did you mean "${near.key}"?` : `; known here: ${known.join(', ')}`;
}

/** Letters to change, add or take away. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

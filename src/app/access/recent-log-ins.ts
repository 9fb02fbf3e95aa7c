import { createHmac, randomBytes } from 'node:crypto';

/** So long a password that was right is taken for right: programs send it with every request, and to check it takes a tenth of a second. */
const freshMs = 60_000;
const mostKept = 1000;

/** Knows who signed in of late, without keeping a password: only a keyed hash, under a key of this process. */
export class RecentLogIns {
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, { until: number; owner: { name: string; realm: string } }>();

  /** Whose name and password these are, if they were right within the last minute. */
  find(now: Date, ...parts: (string | undefined)[]): { name: string; realm: string } | null {
    const found = this.#known.get(this.#digest(parts));
    return found && found.until > now.getTime() ? found.owner : null;
  }

  remember(now: Date, owner: { name: string; realm: string }, ...parts: (string | undefined)[]): void {
    if (this.#known.size >= mostKept) this.#known.clear();
    this.#known.set(this.#digest(parts), { until: now.getTime() + freshMs, owner: { name: owner.name, realm: owner.realm } });
  }

  /** After a password was changed. */
  forget(): void {
    this.#known.clear();
  }

  #digest(parts: (string | undefined)[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64');
  }
}

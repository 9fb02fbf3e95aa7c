import type { ClassModel } from '#model/class-model.ts';
import { classModels } from '#model/model.ts';

const contentModels = classModels.filter((model) => model.table === 'content');

/** Written when the class of a content is not known: newer Data Center versions write it for every reference to content. */
export const anyContent = { className: 'ContentEntityObject', packageName: 'com.atlassian.confluence.core' };

/** Stands for the class of content whose row may still come. U+0001 is in no text that is written. */
export function laterContent(id: string): { className: string; packageName: string } {
  return { className: `\u0001${id}`, packageName: '' };
}

/** The text with the classes that laterContent stands for, once all content has come. */
export function nameLaterContent(text: string, contents: ContentClasses): string {
  if (!text.includes('\u0001')) return text;
  return text.replace(/class="\u0001(-?\d+)" package=""/g, (_, id: string) => {
    const { className, packageName } = contents.find(id) ?? anyContent;
    return `class="${className}" package="${packageName}"`;
  });
}

/**
 * Remembers the class of every content id, so that references to it can name the class. Ids are added in ascending order.
 * Memory: 9 bytes a content row (10 million rows: 90 MB).
 */
export class ContentClasses {
  #ids = new Float64Array(1024);
  #classes = new Uint8Array(1024);
  #size = 0;
  /** Ids that a double cannot hold exactly. */
  readonly #huge = new Map<string, ClassModel>();

  add(id: string, model: ClassModel): void {
    if (id.length > 15) {
      this.#huge.set(id, model);
      return;
    }
    if (this.#size === this.#ids.length) this.#grow();
    this.#ids[this.#size] = Number(id);
    this.#classes[this.#size++] = contentModels.indexOf(model);
  }

  find(id: string): ClassModel | undefined {
    if (id.length > 15) return this.#huge.get(id);
    const wanted = Number(id);
    let low = 0;
    let high = this.#size - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const value = this.#ids[middle];
      if (value === wanted) return contentModels[this.#classes[middle]];
      if (value < wanted) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #grow(): void {
    const ids = new Float64Array(this.#ids.length * 2);
    ids.set(this.#ids);
    this.#ids = ids;
    const classes = new Uint8Array(this.#classes.length * 2);
    classes.set(this.#classes);
    this.#classes = classes;
  }
}

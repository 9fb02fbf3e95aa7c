import { uuidOf } from './prng.ts';
import type { SiteFacts } from './site-facts.ts';
import { vocabularyOf } from './vocabulary.ts';

export interface InlineFact {
  page: number;
  /** UUID of the marker in the body of the page. */
  ref: string;
  /** The words that were marked. */
  selection: string;
  status: 'open' | 'resolved';
}

/** The n-th inline comment of the site: what its marker in the page and its properties agree on. */
export function inlineFacts(facts: SiteFacts): (comment: number) => InlineFact {
  const hash = facts.hash('inline');
  return (comment) => {
    const page = facts.shares.inlineComments.find(comment);
    const { words } = vocabularyOf(facts.spaces.script(facts.spaces.ofPage(page)));
    return {
      page,
      ref: uuidOf(hash, comment),
      selection: `${words[hash(comment, 200) % 500]} ${words[hash(comment, 201) % 500]}`,
      status: hash(comment, 202) % 3 === 0 ? 'resolved' : 'open',
    };
  };
}

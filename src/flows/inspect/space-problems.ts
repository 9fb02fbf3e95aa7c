import type { SpaceSummary } from '#model/site.ts';
import type { XmlFacts } from '#sites/xml/reader/xml-facts.ts';
import type { ProblemList } from './problem-list.ts';

/** Space exports sometimes hold other spaces (CONFSERVER-16575): those that the descriptor does not name. */
export function isForeign(facts: XmlFacts, key: string): boolean {
  if (facts.kind !== 'space' || facts.spaceKeys.length === 0) return false;
  return !facts.spaceKeys.some((named) => named.toLowerCase() === key.toLowerCase());
}

/** Names spaces that the descriptor does not name, and those that share a key: keys differ by more than case. Memory: the spaces. */
export function reportSpaces(facts: XmlFacts, spaces: SpaceSummary[], problems: ProblemList): void {
  const nameOf = (space: SpaceSummary) => `Space ${space.id} '${space.key}'`;
  if (spaces.length === 0) problems.add({ code: 'NO_SPACES', message: 'the backup contains no space', object: 'entities.xml' });
  const byKey = new Map<string, SpaceSummary>();
  for (const space of spaces) {
    if (isForeign(facts, space.key)) {
      problems.add({
        code: 'FOREIGN_SPACE',
        message: `the descriptor names ${facts.spaceKeys.slice(0, 5).join(', ')}${facts.spaceKeys.length > 5 ? ' and others' : ''}, and not this space`,
        object: nameOf(space),
      });
    }
    const first = byKey.get(space.key.toLowerCase());
    if (!first) byKey.set(space.key.toLowerCase(), space);
    else {
      const message = `has the same key as ${nameOf(first)}`;
      problems.add({ code: 'DUPLICATE_SPACE_KEY', message, object: nameOf(space) });
    }
  }
}

/**
 * The same text in memory of its own. A string that was cut out of a longer one (13 characters or more, in V8) keeps the whole of it alive;
 * whoever keeps such strings for long needs copies.
 */
export function ownText(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString();
}

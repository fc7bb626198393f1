/**
 * Counts the code points of a text, at most one more than the limit.
 * @returns at most `limit + 1`
 */
export function codePoints(text: string, limit: number): number {
  let count = 0;
  for (let at = 0; at < text.length && count <= limit; at += 1) {
    if ((text.codePointAt(at) ?? 0) > 0xffff) at += 1;
    count += 1;
  }
  return count;
}

const [QUOTE, COMMA, COLON, OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [
  0x22, 0x2c, 0x3a, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d,
];

/**
 * Returns the source text of a member of a JSON object, in one pass without recursion.
 * @param json the text of one object that `JSON.parse` accepts
 * @returns undefined if there is no such member; the last one if the name is repeated, as in `JSON.parse`
 */
export function memberSource(json: string, name: string): string | undefined {
  let source: string | undefined;
  let depth = 0;
  let text = '';
  let matches = false;
  let valueAt = 0;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(json, at);
      if (depth === 1) text = json.slice(at, end);
      at = end - 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
    } else if (code === COLON && depth === 1) {
      matches = JSON.parse(text) === name;
      valueAt = at + 1;
    } else if (depth === 1 && (code === COMMA || code === CLOSE_BRACE)) {
      if (matches) source = json.slice(valueAt, at).trim();
      matches = false;
    }
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
  }
  return source;
}

/** The index after the closing quote of the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

/**
 * Copies a sorted map without the removed keys and with the added entries, in linear time. The order is that
 * of UTF-16 code units, in which page tokens compare keys; a database orders by its locale.
 */
export function changeSorted<Value>(
  map: ReadonlyMap<string, Value>,
  removed: Iterable<string>,
  added: Iterable<readonly [key: string, value: Value]>,
): ReadonlyMap<string, Value> {
  const removedKeys = new Set(removed);
  const sorted = [...added].sort(([a], [b]) => (a < b ? -1 : 1));
  const result = new Map<string, Value>();
  let next = 0;
  const addUpTo = (key: string): void => {
    for (let entry = sorted[next]; entry !== undefined && entry[0] <= key; entry = sorted[(next += 1)]) {
      result.set(entry[0], entry[1]);
    }
  };
  for (const [key, value] of map) {
    addUpTo(key);
    if (!removedKeys.has(key) && !result.has(key)) result.set(key, value);
  }
  for (const [key, value] of sorted.slice(next)) result.set(key, value);
  return result;
}

/**
 * A copy of a sorted map without some keys and with some entries, in linear time. The order is that of the code units,
 * as page tokens compare keys; a database would order by its locale.
 */
export function changeSorted<Value>(
  map: ReadonlyMap<string, Value>,
  removed: Iterable<string>,
  added: Iterable<readonly [key: string, value: Value]>,
): ReadonlyMap<string, Value> {
  const gone = new Set(removed);
  const coming = [...added].sort(([a], [b]) => (a < b ? -1 : 1));
  const result = new Map<string, Value>();
  let next = 0;
  const addUpTo = (key: string): void => {
    for (let entry = coming[next]; entry !== undefined && entry[0] <= key; entry = coming[(next += 1)]) {
      result.set(entry[0], entry[1]);
    }
  };
  for (const [key, value] of map) {
    addUpTo(key);
    if (!gone.has(key) && !result.has(key)) result.set(key, value);
  }
  for (const [key, value] of coming.slice(next)) result.set(key, value);
  return result;
}

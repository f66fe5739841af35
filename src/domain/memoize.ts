/**
 * What `make` gave, and the next time without making it again. It forgets everything when it has too
 * much: what is asked for comes from the database or the help desk, and must not fill the memory.
 */
export function memoize<K, V>(most: number, make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    let known = made.get(key);
    if (known === undefined) {
      known = make(key);
      if (made.size >= most) made.clear();
      made.set(key, known);
    }
    return known;
  };
}

/**
 * Takes one out of a short list of what is under way, and tells whether it was there. Such a list is no
 * `Set` or `Map`: as entries come and go, V8 replaces the table of one by another to which the old one
 * leads, and all that was ever in any of them outlives the quick way of the garbage collector.
 */
export function removeItem<T>(list: T[], one: T): boolean {
  const place = list.indexOf(one);
  if (place !== -1) list.splice(place, 1);
  return place !== -1;
}

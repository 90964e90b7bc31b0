/** The result of a search for a path: the names on it, both ends included, and how many links were examined. */
interface Search {
  readonly path: readonly string[] | undefined;
  readonly looked: number;
}

/**
 * The shortest path along `next`, at least one link long.
 * @param most the most links to examine.
 */
export function findPath(
  from: string,
  to: string,
  next: (name: string) => readonly string[],
  most = Number.POSITIVE_INFINITY,
): Search {
  const cameFrom = new Map<string, string>();
  const queue = [from];
  let looked = 0;
  for (let at = 0; at < queue.length && looked < most; at++) {
    const name = queue[at] ?? "";
    for (const after of next(name)) {
      looked += 1;
      if (cameFrom.has(after)) continue;
      cameFrom.set(after, name);
      if (after === to) return { path: walkBack(cameFrom, from, to), looked };
      queue.push(after);
    }
  }
  return { path: undefined, looked };
}

function walkBack(cameFrom: ReadonlyMap<string, string>, from: string, to: string): readonly string[] {
  const names = [to];
  let name = to;
  do {
    name = cameFrom.get(name) ?? from;
    names.push(name);
  } while (name !== from);
  return names.toReversed();
}

import type { Unit } from "@flotilla/model";
import type { Placement } from "../placement/placement.ts";

/** The units that the unit follows, directly or through others. */
export function followedBy({ name }: Unit, { links }: Placement): ReadonlySet<string> {
  const found = new Set<string>();
  const names = [name];
  for (const next of names) {
    for (const { anchor } of links.anchorsOf(next)) {
      if (found.has(anchor)) continue;
      found.add(anchor);
      names.push(anchor);
    }
  }
  return found;
}

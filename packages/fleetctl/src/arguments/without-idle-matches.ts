import type { UnitEntity } from "@flotilla/api/client";
import type { Context } from "../context.ts";
import { parseInstance } from "./instance-argument.ts";
import { isPattern } from "./unit-argument.ts";

/**
 * A pattern means the units that a command can do something with: those that it cannot are left out, and named on
 * stderr. A unit that is written out stays, to be refused; so does everything if nothing would be left.
 */
export function withoutIdleMatches<T>(
  context: Context,
  args: readonly string[],
  matches: readonly T[],
  { unitOf, isIdle }: { readonly unitOf: (match: T) => UnitEntity; readonly isIdle: (match: T) => boolean },
): readonly T[] {
  const writtenOut = new Set(args.filter((argument) => !isPattern(argument)).map((one) => parseInstance(one).unit));
  const isLeftOut = (match: T): boolean => isIdle(match) && !writtenOut.has(unitOf(match).name);
  const kept = matches.filter((match) => !isLeftOut(match));
  if (kept.length === 0) return matches;
  for (const match of matches.filter(isLeftOut)) {
    const { name, desiredState } = unitOf(match);
    context.tell(`Unit ${name} is left out: it is ${desiredState === "inactive" ? "inactive" : "on no machine"}.`);
  }
  return kept;
}

import type { UnitEntity } from "@flotilla/api/client";
import type { Context } from "../context.ts";
import { parseUnitOrCopy } from "./unit-or-copy.ts";
import { isPattern } from "./unit-argument.ts";

/**
 * Drops the idle units that only a pattern matches, and names them on stderr. Units given by name stay, to be refused
 * by the caller. If every match is idle, all stay.
 */
export function withoutIdleMatches<T>(
  context: Context,
  args: readonly string[],
  matches: readonly T[],
  { unitOf, isIdle }: { readonly unitOf: (match: T) => UnitEntity; readonly isIdle: (match: T) => boolean },
): readonly T[] {
  const writtenOut = new Set(args.filter((argument) => !isPattern(argument)).map((one) => parseUnitOrCopy(one).unit));
  const isLeftOut = (match: T): boolean => isIdle(match) && !writtenOut.has(unitOf(match).name);
  const kept = matches.filter((match) => !isLeftOut(match));
  if (kept.length === 0) return matches;
  for (const match of matches.filter(isLeftOut)) {
    const { name, desiredState } = unitOf(match);
    context.tell(`skipping unit ${name}: it is ${desiredState === "inactive" ? "inactive" : "on no machine"}`);
  }
  return kept;
}

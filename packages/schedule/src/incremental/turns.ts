import type { Unit } from "@flotilla/model";
import type { Placement } from "../placement/placement.ts";
import { inTurn, type Turn } from "./turn.ts";

/**
 * The turns of the units, the first one first: by priority, and anchors before their followers. Of units that reserve
 * something, those with the fewest machines and the largest reservations come first, so that small ones fill what is left.
 * Global units come last.
 */
export function turnsOf(units: Iterable<Unit>, placement: Placement): Turn[] {
  const { rules, links } = placement;
  const turns = Array.from(units, (unit) => {
    const size = rules.sizeOf(unit);
    const machines = size === 0 ? 0 : placement.classes.of(unit).size;
    return { unit, depth: links.depth(unit.name), rank: rules.rankOf(unit), size, machines };
  });
  if (turns.some(({ rank }) => rank !== 0)) inherit(turns, (name) => before(name, links));
  return turns.sort(inTurn);
}

/** Inserts further turns. */
export function addTurns(turns: Turn[], more: readonly Turn[], from: number): void {
  for (const turn of more) {
    let at = from;
    while (at < turns.length && inTurn(turns[at] ?? turn, turn) < 0) at += 1;
    turns.splice(at, 0, turn);
  }
}

/** The units that must be placed before the unit. */
function before(name: string, links: Placement["links"]): readonly string[] {
  return [...links.anchorsOf(name).map(({ anchor }) => anchor), ...links.replacersOf(name)];
}

/** Gives each unit the highest rank of the units that come after it. */
function inherit(turns: readonly Turn[], earlier: (name: string) => readonly string[]): void {
  const byUnit = new Map(turns.map((turn) => [turn.unit.name, turn]));
  const deepestFirst = turns.filter(({ depth }) => Number.isFinite(depth)).sort((a, b) => b.depth - a.depth);
  for (const { unit, rank } of deepestFirst) {
    for (const name of earlier(unit.name)) {
      const turn = byUnit.get(name);
      if (turn && turn.rank < rank) turn.rank = rank;
    }
  }
}

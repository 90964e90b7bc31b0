import type { Unit } from "@flotilla/model";
import type { Placement } from "../placement/placement.ts";
import { byName } from "./order.ts";

/** A unit's turn to get a place. */
export interface Turn {
  readonly unit: Unit;
  readonly depth: number;
  /** The unit's priority, or that of a unit that can only be placed after it. */
  rank: number;
  /** How much the unit reserves; 0 for nothing. */
  readonly size: number;
  /** Of a unit that reserves anything: how many machines meet what it asks of a machine. */
  readonly machines: number;
}

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

function inTurn(a: Turn, b: Turn): number {
  if (a.rank !== b.rank) return b.rank - a.rank;
  if (a.depth !== b.depth) return a.depth - b.depth;
  const global = Number(a.unit.requirements.global) - Number(b.unit.requirements.global);
  return global || bySize(a, b) || byName(a.unit, b.unit);
}

function bySize(a: Turn, b: Turn): number {
  if (a.size === 0 || b.size === 0) return Number(a.size === 0) - Number(b.size === 0);
  return a.machines - b.machines || b.size - a.size;
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

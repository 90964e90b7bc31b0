import type { Unit } from "@flotilla/model";
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

/** Sorts turns, the first one first. */
export function inTurn(a: Turn, b: Turn): number {
  if (a.rank !== b.rank) return b.rank - a.rank;
  if (a.depth !== b.depth) return a.depth - b.depth;
  const global = Number(a.unit.requirements.global) - Number(b.unit.requirements.global);
  return global || bySize(a, b) || byName(a.unit, b.unit);
}

function bySize(a: Turn, b: Turn): number {
  if (a.size === 0 || b.size === 0) return Number(a.size === 0) - Number(b.size === 0);
  return a.machines - b.machines || b.size - a.size;
}

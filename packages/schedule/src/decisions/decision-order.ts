import { compare } from "../compare.ts";
import type { Decision } from "./decision.ts";

const ranks: Readonly<Record<Decision["kind"], number>> = {
  unplace: 0,
  "end-copy": 1,
  move: 2,
  place: 3,
  update: 4,
  note: 5,
  forget: 6,
  unplaceable: 7,
};

/** Sorts decisions that free a machine before those that use it, and sockets first among decisions of one kind. */
export function inOrder(a: Decision, b: Decision): number {
  return (
    rankOf(a) - rankOf(b) ||
    Number(isSocket(b)) - Number(isSocket(a)) ||
    compare(a.unit, b.unit) ||
    compare(machineOf(a), machineOf(b))
  );
}

/** An exclusive unit that must stop first frees its machine, too. */
function rankOf({ kind, reason }: Decision): number {
  return reason.code === "stops-first" ? ranks.unplace : ranks[kind];
}

/**
 * Sockets come first because the decisions may not fit into one transaction, and a machine must learn of a socket
 * before it starts the socket's service.
 */
function isSocket({ unit }: Decision): boolean {
  return unit.endsWith(".socket");
}

function machineOf(decision: Decision): string {
  switch (decision.kind) {
    case "place":
    case "move":
      return decision.to;
    case "unplace":
      return decision.from;
    case "update":
    case "end-copy":
    case "note":
      return decision.on;
    case "forget":
    case "unplaceable":
      return "";
    default:
      return decision satisfies never;
  }
}

import type { MovePlanner } from "@flotilla/api";

/** Units named `pinned` stay on a drained machine; a unit that `refuses` cannot move. */
export function fakeMovePlanner([here, there]: readonly [string, string]): MovePlanner {
  return {
    staying: async (units) =>
      new Map(
        units
          .filter((name) => name.includes("pinned"))
          .map((name) => [name, { why: [`${name} has MachineID=${here}`], waits: false }]),
      ),
    drain: async () => [
      { unit: "a.service", to: there, why: [] },
      { unit: "pinned.service", why: ["pinned.service has MachineID="] },
    ],
    move: async (unit, to = there) =>
      unit.includes("refuses") ? { refused: ["no other machine can take it"] } : { to, units: [unit, "b.service"] },
    rebalance: async (most) => [{ units: ["a.service"], from: here, to: there, loads: [6, 1] as const }].slice(0, most),
  };
}

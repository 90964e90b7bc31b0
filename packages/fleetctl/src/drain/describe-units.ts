import { type DrainReport, shortMachineID, type UnitOnDrained } from "@flotilla/api/client";

/** One line for each unit that does not leave by itself, with the reason and what becomes of it. */
export function describeStaying({ units, drain }: DrainReport): readonly string[] {
  const end = drain?.deadline === undefined ? "it stays" : `it is stopped at ${drain.deadline}`;
  return units
    .filter(({ is }) => is === "staying")
    .map(({ unit, why }) => `${unit} does not leave: ${why.join("; ")}; ${end}`);
}

/** "3 units left: web@1.service goes to 85c0c595..., db.service waits (...)". */
export function describeLeft(units: readonly UnitOnDrained[]): string {
  const [first, ...others] = units.toSorted((a, b) => rank(a) - rank(b));
  if (!first) return "no units left";
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  return `${units.length} ${units.length === 1 ? "unit" : "units"} left: ${describeUnit(first)}${more}`;
}

/** What one unit does, as a clause. */
export function describeUnit({ unit, is, to, why }: UnitOnDrained): string {
  const because = why.length > 0 ? ` (${why.join("; ")})` : "";
  switch (is) {
    case "moving":
      return `${unit} starts on ${to === undefined ? "another machine" : shortMachineID(to)}`;
    case "stopping":
      return `${unit} stops first`;
    case "waiting":
      return `${unit} waits${because}`;
    case "staying":
      return `${unit} stays${because}`;
    case "last":
      return `${unit} leaves last`;
  }
}

const RANKS = { moving: 0, stopping: 1, waiting: 2, staying: 3, last: 4 } as const;

function rank({ is }: UnitOnDrained): number {
  return RANKS[is];
}

import type { Plan } from "../plan/plan.ts";
import type { Room } from "../plan/room.ts";

/** The first by name of those that have their place in a room; undefined for none. */
export function firstThere(names: ReadonlySet<string>, room: Room, plan: Plan): string | undefined {
  if (names.size === 0) return undefined;
  plan.effort.spend(Math.min(names.size, room.units.size));
  const there =
    names.size < room.units.size
      ? names.values().filter((name) => plan.has(name, room))
      : room.units
          .values()
          .map(({ name }) => name)
          .filter((name) => names.has(name));
  return there.reduce<string | undefined>(
    (first, name) => (first === undefined || name < first ? name : first),
    undefined,
  );
}

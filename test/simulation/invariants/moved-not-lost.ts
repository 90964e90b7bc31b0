import { isStarted, type UnitState } from "@flotilla/model";
import { assignmentOf, unitOf } from "../world/records.ts";
import type { World } from "../world/world.ts";
import type { MakeInvariant } from "./invariant.ts";

/** What a leader decides upon may be older than what it writes by so much. */
const UNSEEN_MS = 15_000;

/**
 * The copy on a machine that is lost may run on until the one that takes its place has been started. Not so if the unit
 * is exclusive by now: whatever ran there must be over before it starts elsewhere.
 */
export const movedNotLost: MakeInvariant = (world) => ({
  name: "a unit is moved, not lost",
  onCommit: ({ written }) => {
    for (const { key, before, after } of written) {
      if (after || !before || !key.startsWith("assignment/")) continue;
      const { unit, machineID, exclusive } = assignmentOf(before);
      if (exclusive || !isWanted(world, unit) || world.ledger.entries.has(`machine/${machineID}`)) continue;
      if (mayFitNoMore(world, unit, machineID)) continue;
      const places = world.reading.placesOf(unit).filter(({ leaving }) => !leaving);
      if (places.length > 0 && !places.some((place) => wasStarted(world, unit, place.machineID)))
        return `the copy of ${unit} on ${world.nameOf(machineID)} is given up before another one runs`;
    }
    return undefined;
  },
});

/** To be launched, in one place, and beside a copy that still runs. */
function isWanted({ ledger, reading }: World, name: string): boolean {
  const entry = ledger.entries.get(`unit/${name}`);
  return (
    entry !== undefined &&
    unitOf(entry).desired === "launched" &&
    reading.requirementsLately(name, UNSEEN_MS).every(({ global, exclusive }) => !global && !exclusive)
  );
}

/** The leader may have seen a new file of the unit's before it could see that the machine is lost: then it leaves at once. */
function mayFitNoMore({ ledger, reading }: World, unit: string, machineID: string): boolean {
  const wasThere = ledger.lately(`machine/${machineID}`, UNSEEN_MS).some((entry) => entry !== undefined);
  const asked = reading.requirementsLately(unit, UNSEEN_MS).map((requirements) => JSON.stringify(requirements));
  return wasThere && new Set(asked).size > 1;
}

function wasStarted({ ledger }: World, unit: string, machineID: string): boolean {
  const states = ledger.lately(`state/${machineID}/${unit}`, UNSEEN_MS);
  return states.some((entry) => entry && isStarted(JSON.parse(entry.value) as UnitState));
}

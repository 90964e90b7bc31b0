import { isStarted, type UnitState } from "@flotilla/model";
import { assignmentOf, unitOf } from "../world/records.ts";
import { isOutOfUse } from "./drained-stay-empty.ts";
import type { MakeInvariant, World } from "../world/world.ts";

/** The greatest age of the snapshot on which a leader's write is based, in milliseconds. */
const UNSEEN_MS = 15_000;

/**
 * The copy on a lost or drained machine may run until a new copy has been started elsewhere. This does not apply to a unit that is
 * exclusive by now: its old copy must stop before it starts elsewhere.
 */
export const movedNotLost: MakeInvariant = (world) => ({
  name: "a unit is moved, not lost",
  onCommit: ({ written }) => {
    for (const { key, before, after } of written) {
      if (after || !before || !key.startsWith("assignment/")) continue;
      const { unit, machineID, exclusive, leaving } = assignmentOf(before);
      if (exclusive || !isWanted(world, unit)) continue;
      const isDrained = leaving && isOutOfUse(world, machineID);
      if (!isAway(world, machineID) && !isDrained) continue;
      // What a machine that is away last said of its units is gone, too.
      const mayRun = wasStarted(world, unit, machineID, isAway(world, machineID) ? Infinity : 0);
      if (!mayRun || mayFitNoMore(world, unit, machineID)) continue;
      const places = world.reading.placesOf(unit).filter(({ leaving }) => !leaving);
      if (places.every((place) => isAway(world, place.machineID)) && isFarFromAnchor(world, unit, machineID)) continue;
      if (places.length > 0 && !places.some((place) => wasStarted(world, unit, place.machineID)))
        return `the copy of ${unit} on ${world.nameOf(machineID)} was removed before another copy runs`;
    }
    return undefined;
  },
});

/** Whether the unit must run in one place, with a leaving copy allowed beside it. */
function isWanted({ ledger, reading }: World, name: string): boolean {
  const entry = ledger.entries.get(`unit/${name}`);
  return (
    entry !== undefined &&
    unitOf(entry).desired === "launched" &&
    reading.requirementsLately(name, UNSEEN_MS).every(({ global, exclusive }) => !global && !exclusive)
  );
}

/**
 * Whether the leader may have seen changed requirements before it could see the loss. Then it removes the old copy at
 * once.
 */
function mayFitNoMore({ ledger, reading }: World, unit: string, machineID: string): boolean {
  const wasThere = ledger.lately(`machine/${machineID}`, UNSEEN_MS).some((entry) => entry !== undefined);
  const asked = reading.requirementsLately(unit, UNSEEN_MS).map((requirements) => JSON.stringify(requirements));
  return wasThere && new Set(asked).size > 1;
}

/** Whether the unit must be where another unit is, which is not on the machine: no new copy can run, and the old one may not. */
function isFarFromAnchor({ reading }: World, unit: string, machineID: string): boolean {
  const named = reading.requirementsLately(unit, UNSEEN_MS).flatMap(({ machineOf }) => machineOf);
  // The simulator's triggers and triggered units differ only in their type.
  const stem = unit.slice(0, unit.lastIndexOf(".") + 1);
  const partners = reading.units().flatMap(({ name }) => (name !== unit && name.startsWith(stem) ? [name] : []));
  const isThere = (anchor: string): boolean =>
    reading.placesOf(anchor).some((place) => !place.leaving && place.machineID === machineID);
  return ![...named, ...partners].every(isThere);
}

function isAway({ ledger }: World, machineID: string): boolean {
  return !ledger.entries.has(`machine/${machineID}`);
}

function wasStarted({ ledger }: World, unit: string, machineID: string, ms = UNSEEN_MS): boolean {
  const states = ledger.lately(`state/${machineID}/${unit}`, ms);
  return states.some((entry) => entry && isStarted(JSON.parse(entry.value) as UnitState));
}

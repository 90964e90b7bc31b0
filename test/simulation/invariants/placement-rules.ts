import type { Requirements } from "@flotilla/unit";
import { matchesGlob } from "@flotilla/unit";
import { assignmentOf, type StoredAssignment } from "../world/records.ts";
import type { MakeInvariant, World } from "../world/world.ts";

/**
 * A unit is placed only where its requirements allow: on a machine that is present, with the required metadata, and
 * without conflicting units. The engine may not have seen very recent changes.
 */
export const placementRules: MakeInvariant = (world) => ({
  name: "a unit is placed only where its requirements allow",
  onCommit: ({ written }) => {
    for (const { key, before, after } of written) {
      if (!after || !key.startsWith("assignment/") || (before && !assignmentOf(before).leaving)) continue;
      const assignment = assignmentOf(after);
      const wrong = assignment.leaving ? undefined : wrongPlace(world, assignment);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  },
});

/** How long the engine may not have seen a change, in milliseconds. */
const UNSEEN_MS = 15_000;

function wrongPlace(world: World, { unit, machineID }: StoredAssignment): string | undefined {
  const { reading } = world;
  const all = reading.requirementsLately(unit, UNSEEN_MS);
  const name = world.nameOf(machineID);
  const everyOne = (breaks: (requirements: Requirements) => boolean): boolean => all.length > 0 && all.every(breaks);
  if (!world.ledger.entries.has(`machine/${machineID}`)) return `${unit} was placed on ${name}, which is away`;
  if (everyOne((each) => each.machineID !== undefined && each.machineID !== machineID))
    return `${unit} was placed on ${name}, but requires another machine`;
  const settings = reading.metadataLately(machineID, UNSEEN_MS);
  const lacks = (each: Requirements): boolean =>
    each.metadata.some(({ key, values }) => settings.every((metadata) => !values.includes(metadata[key] ?? "")));
  if (everyOne(lacks)) return `${unit} was placed on ${name}, which lacks the required metadata`;
  for (const other of reading.assignmentsOn(machineID)) {
    if (other.leaving || other.stopping || other.unit === unit) continue;
    const others = reading.requirementsLately(other.unit, UNSEEN_MS);
    const inConflict = everyOne(({ conflicts, replaces }) =>
      others.every(
        (its) =>
          (conflicts.some((glob) => matchesGlob(glob, other.unit)) ||
            its.conflicts.some((glob) => matchesGlob(glob, unit))) &&
          replaces.length + its.replaces.length === 0,
      ),
    );
    if (inConflict && others.length > 0)
      return `${unit} was placed on ${name} with ${other.unit}, with which it conflicts`;
  }
  return undefined;
}

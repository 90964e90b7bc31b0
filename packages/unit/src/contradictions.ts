import { globMatcher } from "./glob.ts";
import type { Requirements } from "./requirements.ts";
import { RequirementsError } from "./requirements-error.ts";
import type { XFleetOption } from "./x-fleet.ts";

/** Options that exclude others. The options left out here are compatible with every option. */
type ExcludingOption = Exclude<XFleetOption, "MachineMetadata" | "MoveOnFailure" | "OnSecretChange">;

interface Contradiction {
  readonly one: ExcludingOption;
  readonly other: ExcludingOption;
  readonly why: string;
}

/** The pairs of options that fleet refuses, and Exclusive= with Global=. */
const CONTRADICTIONS: readonly Contradiction[] = [
  { one: "MachineID", other: "MachineOf", why: "a unit tied to one machine cannot follow another unit" },
  { one: "MachineID", other: "Conflicts", why: "a unit tied to one machine cannot avoid the units on that machine" },
  { one: "MachineID", other: "Global", why: "a unit runs either on one machine or on every machine" },
  { one: "MachineID", other: "Replaces", why: "a unit tied to one machine cannot take another unit's place" },
  { one: "Global", other: "MachineOf", why: "a unit on every machine cannot follow another unit" },
  { one: "Global", other: "Replaces", why: "a unit on every machine cannot take another unit's place" },
  { one: "Global", other: "Exclusive", why: "a unit on every machine is active on several machines at one time" },
  { one: "Conflicts", other: "Replaces", why: "a unit cannot both avoid units and take a unit's place" },
];

/** @throws RequirementsError naming two options that exclude each other, and the reason. */
export function refuseContradictions(requirements: Requirements): void {
  refuseFollowingAvoidedUnits(requirements, "Conflicts", requirements.conflicts);
  refuseFollowingAvoidedUnits(requirements, "Replaces", requirements.replaces);
  const found = CONTRADICTIONS.find(({ one, other }) => isGiven(requirements, one) && isGiven(requirements, other));
  if (found === undefined) return;
  throw new RequirementsError(
    `[X-Fleet] has both ${found.one}= and ${found.other}=, but ${found.why}; remove one of the two options`,
  );
}

function refuseFollowingAvoidedUnits(
  { machineOf }: Requirements,
  option: "Conflicts" | "Replaces",
  globs: readonly string[],
): void {
  if (machineOf.length === 0) return;
  for (const glob of globs) {
    const followed = machineOf.find(globMatcher(glob));
    if (followed === undefined) continue;
    throw new RequirementsError(
      `[X-Fleet] has MachineOf=${followed}, but ${option}=${glob} matches that unit, ` +
        "and a unit cannot both follow and avoid another unit; remove one of the two options",
    );
  }
}

function isGiven(requirements: Requirements, option: ExcludingOption): boolean {
  switch (option) {
    case "MachineID":
      return requirements.machineID !== undefined;
    case "MachineOf":
      return requirements.machineOf.length > 0;
    case "Conflicts":
      return requirements.conflicts.length > 0;
    case "Global":
      return requirements.global;
    case "Exclusive":
      return requirements.exclusive;
    case "Replaces":
      return requirements.replaces.length > 0;
    default:
      return option satisfies never;
  }
}

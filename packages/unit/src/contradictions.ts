import { globMatcher } from "./glob.ts";
import type { Requirements } from "./requirements.ts";
import { RequirementsError } from "./requirements-error.ts";
import type { XFleetOption } from "./x-fleet.ts";

/** The others go with every option. */
type Exacting = Exclude<XFleetOption, "MachineMetadata" | "MoveOnFailure">;

interface Contradiction {
  readonly one: Exacting;
  readonly other: Exacting;
  readonly why: string;
}

/** fleet's list of what does not go together. */
const CONTRADICTIONS: readonly Contradiction[] = [
  { one: "MachineID", other: "MachineOf", why: "a unit bound to one machine cannot follow another unit" },
  { one: "MachineID", other: "Conflicts", why: "a unit bound to one machine cannot keep away from units there" },
  { one: "MachineID", other: "Global", why: "a unit is either bound to one machine or on every machine" },
  { one: "MachineID", other: "Replaces", why: "a unit bound to one machine cannot take another unit's place" },
  { one: "Global", other: "MachineOf", why: "a unit on every machine cannot follow another unit" },
  { one: "Global", other: "Replaces", why: "a unit on every machine cannot take another unit's place" },
  { one: "Global", other: "Exclusive", why: "a unit on every machine is active on several at one time" },
  { one: "Conflicts", other: "Replaces", why: "a unit cannot both keep away from units and take a unit's place" },
];

/** @throws RequirementsError naming the two options that cannot both be met, and why. */
export function refuseContradictions(requirements: Requirements): void {
  refuseFollowingWhatIsAvoided(requirements, "Conflicts", requirements.conflicts);
  refuseFollowingWhatIsAvoided(requirements, "Replaces", requirements.replaces);
  const found = CONTRADICTIONS.find(({ one, other }) => isGiven(requirements, one) && isGiven(requirements, other));
  if (found === undefined) return;
  throw new RequirementsError(
    `[X-Fleet] has both ${found.one}= and ${found.other}=, but ${found.why}: remove one of the two.`,
  );
}

function refuseFollowingWhatIsAvoided(
  { machineOf }: Requirements,
  option: "Conflicts" | "Replaces",
  globs: readonly string[],
): void {
  if (machineOf.length === 0) return;
  for (const glob of globs) {
    const followed = machineOf.find(globMatcher(glob));
    if (followed === undefined) continue;
    throw new RequirementsError(
      `[X-Fleet] has MachineOf=${followed}, but ${option}=${glob} matches that unit: ` +
        "it cannot be both followed and kept apart. Remove one of the two.",
    );
  }
}

function isGiven(requirements: Requirements, option: Exacting): boolean {
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

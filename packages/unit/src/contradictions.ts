import { globMatcher } from "./glob.ts";
import type { Requirements } from "./requirements.ts";
import { RequirementsError } from "./requirements-error.ts";
import type { XFleetOption } from "./x-fleet.ts";

/** Options that exclude others, each with whether it is given. The other options are compatible with every option. */
const GIVEN = {
  MachineID: ({ machineID }) => machineID !== undefined,
  MachineOf: ({ machineOf }) => machineOf.length > 0,
  Conflicts: ({ conflicts }) => conflicts.length > 0,
  Replaces: ({ replaces }) => replaces.length > 0,
  Global: ({ global }) => global,
  Exclusive: ({ exclusive }) => exclusive,
  Strategy: ({ strategy }) => strategy !== undefined,
  Prefers: ({ prefers }) => prefers.length > 0,
  Avoids: ({ avoids }) => avoids.length > 0,
  SpreadBy: ({ spreadBy }) => spreadBy.length > 0,
  MaxPerMachine: ({ maxPerMachine }) => maxPerMachine !== undefined,
  MoveOnFailure: ({ moveOnFailure }) => moveOnFailure,
  NeverMoves: ({ neverMoves }) => neverMoves,
} as const satisfies Readonly<Partial<Record<XFleetOption, (requirements: Requirements) => boolean>>>;

type ExcludingOption = keyof typeof GIVEN;

interface Contradiction {
  readonly one: ExcludingOption;
  readonly other: ExcludingOption;
  readonly why: string;
}

const NO_CHOICE = "has no choice of machines";

/** The pairs of options that fleet refuses, and those of options that fleet does not have. */
const CONTRADICTIONS: readonly Contradiction[] = [
  { one: "MachineID", other: "MachineOf", why: "a unit tied to one machine cannot follow another unit" },
  { one: "MachineID", other: "Conflicts", why: "a unit tied to one machine cannot avoid the units on that machine" },
  { one: "MachineID", other: "Global", why: "a unit runs either on one machine or on every machine" },
  { one: "MachineID", other: "Replaces", why: "a unit tied to one machine cannot take another unit's place" },
  { one: "Global", other: "MachineOf", why: "a unit on every machine cannot follow another unit" },
  { one: "Global", other: "Replaces", why: "a unit on every machine cannot take another unit's place" },
  { one: "Global", other: "Exclusive", why: "a unit on every machine is active on several machines at one time" },
  { one: "Global", other: "NeverMoves", why: "a unit on every machine has no other machine to move to" },
  { one: "Global", other: "MaxPerMachine", why: "a unit on every machine is once on each" },
  { one: "NeverMoves", other: "MoveOnFailure", why: "a unit that keeps its machine cannot move when it fails" },
  ...(["Strategy", "Prefers", "Avoids", "SpreadBy"] as const).flatMap((other) => [
    { one: "MachineID" as const, other, why: `a unit tied to one machine ${NO_CHOICE}` },
    { one: "Global" as const, other, why: `a unit on every machine ${NO_CHOICE}` },
  ]),
  { one: "Conflicts", other: "Replaces", why: "a unit cannot both avoid units and take a unit's place" },
];

/** @throws RequirementsError naming two options that exclude each other, and the reason. */
export function refuseContradictions(requirements: Requirements): void {
  refuseFollowingAvoidedUnits(requirements, "Conflicts", requirements.conflicts);
  refuseFollowingAvoidedUnits(requirements, "Replaces", requirements.replaces);
  const found = CONTRADICTIONS.find(({ one, other }) => GIVEN[one](requirements) && GIVEN[other](requirements));
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

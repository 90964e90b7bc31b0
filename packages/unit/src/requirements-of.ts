import { refuseContradictions } from "./contradictions.ts";
import { refuseExcess, refuseExcessiveText } from "./excess.ts";
import { X_FLEET_LIMITS } from "./limits.ts";
import { joinMetadata } from "./metadata/join-metadata.ts";
import { optionValues } from "./option-values.ts";
import { minAvailableOf } from "./min-available-of.ts";
import { preferencesOf } from "./preferences-of.ts";
import { programsOf } from "./programs-of.ts";
import type { Requirements } from "./requirements.ts";
import { RequirementsError } from "./requirements-error.ts";
import { reservationsOf } from "./reservations/reservations-of.ts";
import { secretUseOf } from "./secret-use.ts";
import { expandSpecifiers } from "./specifier.ts";
import type { UnitOption } from "./unit-file.ts";
import { shortened } from "./wording.ts";
import { X_FLEET_SECTION } from "./x-fleet.ts";
import {
  booleanOf,
  globsOf,
  keywordOf,
  namesOf,
  spellingsOf,
  splitWords,
  valuesOf,
  wholeNumberOf,
} from "./x-fleet-values.ts";

/**
 * Reads the [X-Fleet] section as fleet does, what the unit reserves, and which secrets the file names. Old spellings are
 * accepted. An empty assignment resets the values of the same spelling. The first MachineID= counts, and the last
 * assignment of any other option with one value. Unknown options are ignored; {@link xFleetWarnings} reports them.
 *
 * Values that fleet ignored silently are refused, because the unit would run on a wrong machine: an invalid boolean,
 * metadata without `key=value`, an unclosed quote, a malformed glob.
 *
 * @param name the unit's name, for specifiers.
 * @throws RequirementsError for such a value, for options that exclude each other, and above `X_FLEET_LIMITS`.
 */
export function requirementsOf(name: string, options: readonly UnitOption[]): Requirements {
  // Filtered once, so that reading an option does not search the whole file.
  const own = options.filter(({ section }) => section === X_FLEET_SECTION);
  refuseExcessiveText(own);
  const machineID = machineIDOf(name, own);
  const minAvailable = minAvailableOf(own);
  const neverMoves = booleanOf("NeverMoves", own, false);
  const requirements: Requirements = {
    ...(machineID !== undefined && { machineID }),
    machineOf: namesOf("MachineOf", name, own),
    metadata: joinMetadata("MachineMetadata", valuesOf("MachineMetadata", own), name),
    conflicts: globsOf("Conflicts", name, own),
    replaces: globsOf("Replaces", name, own),
    global: booleanOf("Global", own, false),
    moveOnFailure: booleanOf("MoveOnFailure", own, !neverMoves),
    exclusive: booleanOf("Exclusive", own, false),
    neverMoves,
    ...(minAvailable && { minAvailable }),
    ...reservationsOf(options),
    ...wishesOf(name, own),
    programs: programsOf(options),
    secrets: secretUseOf(name, options).names,
  };
  refuseExcess(requirements);
  refuseContradictions(requirements);
  return requirements;
}

type Wishes = Pick<
  Requirements,
  "strategy" | "prefers" | "avoids" | "spreadBy" | "maxPerMachine" | "priority" | "preempts"
>;

/** The options that choose among the machines that can take the unit, and among units. */
function wishesOf(name: string, own: readonly UnitOption[]): Wishes {
  const strategy = keywordOf("Strategy", own, ["spread", "pack"]);
  const maxPerMachine = wholeNumberOf("MaxPerMachine", own, { least: 1, most: X_FLEET_LIMITS.perMachine });
  return {
    ...(strategy && { strategy }),
    ...(maxPerMachine !== undefined && { maxPerMachine }),
    prefers: preferencesOf(name, own),
    avoids: globsOf("Avoids", name, own),
    spreadBy: spreadKeysOf(name, own),
    priority: wholeNumberOf("Priority", own, { least: -X_FLEET_LIMITS.priority, most: X_FLEET_LIMITS.priority }) ?? 0,
    preempts: booleanOf("Preempts", own, false),
  };
}

function spreadKeysOf(name: string, own: readonly UnitOption[]): readonly string[] {
  const keys = namesOf("SpreadBy", name, own);
  const bad = keys.find((key) => /[=<>!]/.test(key));
  if (bad === undefined) return keys;
  throw new RequirementsError(
    `SpreadBy=${shortened(bad)} in [X-Fleet] is no metadata key; write the key alone, as in SpreadBy=zone, or SpreadBy=machine`,
  );
}

/** The current spelling takes precedence over the old ones, whatever their order in the file. */
function machineIDOf(name: string, options: readonly UnitOption[]): string | undefined {
  const values = spellingsOf("MachineID").flatMap((spelling) => optionValues(options, X_FLEET_SECTION, spelling));
  const [first] = values.flatMap((value) => splitWords("MachineID", value));
  return first === undefined ? undefined : expandSpecifiers(first, name);
}

import { type Assignment, type AssignmentWrite, shortMachineID, type Unit } from "@flotilla/model";
import type { Decision } from "./decision.ts";
import { basedOn, basedOnAbsence, basedOnUnit, leave } from "./ground.ts";
import { listed } from "./wording.ts";

/**
 * Puts places on record whose machines were lost.
 * @param noted what is kept in mind of them.
 * @param given those that become copies: nobody starts the unit there again before it is decided anew.
 */
export function noteLost(
  unit: Unit,
  places: readonly Assignment[],
  noted: readonly AssignmentWrite[],
  given: readonly Assignment[] = places,
): Decision {
  const ids = places.map(({ machineID }) => machineID);
  const machines = listed(ids.map(shortMachineID), "and");
  return {
    kind: "note",
    unit: unit.name,
    on: ids[0] ?? "",
    reason: { code: "keeps-failing" },
    sentence:
      places.length === 1
        ? `${unit.name}: machine ${machines} was lost right after it was asked to start it`
        : `${unit.name}: machines ${machines} were lost right after each was asked to start it`,
    writes: [...given.map(leave), ...noted],
    basis: [basedOnUnit(unit), ...places.map(basedOn), ...ids.map(basedOnAbsence)],
  };
}

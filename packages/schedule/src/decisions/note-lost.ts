import { type Assignment, type AssignmentWrite, shortMachineID, type Unit } from "@flotilla/model";
import { listed } from "../wording.ts";
import type { Decision } from "./decision.ts";
import { basedOn, basedOnAbsence, basedOnUnit, leave } from "./writes.ts";

/**
 * Records places whose machines were lost right after the start.
 * @param record the writes that record the losses.
 * @param copies the places that become copies, so that their machines do not start the unit again.
 */
export function noteLost(
  unit: Unit,
  places: readonly Assignment[],
  record: readonly AssignmentWrite[],
  copies: readonly Assignment[] = places,
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
    writes: [...copies.map(leave), ...record],
    basis: [basedOnUnit(unit), ...places.map(basedOn), ...ids.map(basedOnAbsence)],
  };
}

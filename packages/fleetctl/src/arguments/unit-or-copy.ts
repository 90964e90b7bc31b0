import { isUnitName } from "@flotilla/unit";
import { unitNameOf } from "./unit-argument.ts";

/** A unit, or one copy of a unit. */
export interface UnitOrCopy {
  readonly unit: string;
  /** The prefix of a machine ID; undefined stands for every machine of the unit. */
  readonly machine: string | undefined;
}

/**
 * Reads a unit's name, or `UNIT@MACHINE`, the unit's copy on one machine: `heartbeat.service@113f16a7`. The unit's type
 * tells this `@` from a template's: a unit name ends with its type, and a machine ID has no dot. `web@1.service@113f`
 * is a copy of `web@1.service`; `web@1` is the unit `web@1.service`.
 *
 * @param machine the value of `--machine`, for an argument without a machine.
 * @throws UnitNameError for an invalid unit name.
 */
export function parseUnitOrCopy(argument: string, machine?: string): UnitOrCopy {
  const [, unit, id] = /^(.+)@([0-9a-fA-F]{1,32})$/.exec(argument) ?? [];
  if (unit === undefined || id === undefined || !isUnitName(unit.slice(unit.lastIndexOf("/") + 1)))
    return { unit: unitNameOf(argument), machine };
  return { unit: unitNameOf(unit), machine: id.toLowerCase() };
}

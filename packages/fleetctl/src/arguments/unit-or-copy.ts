import { isUnitName } from "@flotilla/unit";
import { unitNameOf } from "./unit-argument.ts";

/** A unit, or one copy of a unit. */
export interface UnitOrCopy {
  readonly unit: string;
  /** Names a machine: see `machinesNamed`. Undefined stands for every machine of the unit. */
  readonly machine: string | undefined;
}

/**
 * Reads a unit's name, or `UNIT@MACHINE`, the unit's copy on one machine: `heartbeat.service@113f16a7`, or
 * `heartbeat.service@web1`. The unit's type tells this `@` from a template's: a unit name ends with its type.
 * `web@1.service@113f` is a copy of `web@1.service`; `web@1` is the unit `web@1.service`. A text that is a unit name as
 * a whole, such as `a.service@b.service`, names that unit.
 *
 * @param machine the value of `--machine`, for an argument without a machine.
 * @throws UnitNameError for an invalid unit name.
 */
export function parseUnitOrCopy(argument: string, machine?: string): UnitOrCopy {
  const [, unit, name] = /^(.+)@([A-Za-z0-9_.:-]+)$/.exec(argument) ?? [];
  if (unit === undefined || name === undefined || !isUnitName(withoutPath(unit)) || isUnitName(withoutPath(argument)))
    return { unit: unitNameOf(argument), machine };
  return { unit: unitNameOf(unit), machine: name.toLowerCase() };
}

function withoutPath(argument: string): string {
  return argument.slice(argument.lastIndexOf("/") + 1);
}

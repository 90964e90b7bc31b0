import { isUnitName } from "@flotilla/unit";
import { unitNameOf } from "./unit-argument.ts";

/** A unit, or one copy of it. */
export interface InstanceArgument {
  readonly unit: string;
  /** The machine's ID or the beginning of it; undefined: wherever the unit is. */
  readonly machine: string | undefined;
}

/**
 * Reads `UNIT@MACHINE`, the copy of a unit on one machine: `heartbeat.service@113f16a7`. The unit is written with its
 * type there, which tells this `@` from a template's: a unit's own name ends with its type, and a machine's ID has no
 * dot. `web@1.service@113f` is a copy of `web@1.service`, and `web@1` is the unit `web@1.service`.
 *
 * @param machine from a `--machine` flag; the argument's own counts before it.
 * @throws UnitNameError if that is no unit's name.
 */
export function parseInstance(argument: string, machine?: string): InstanceArgument {
  const [, unit, id] = /^(.+)@([0-9a-fA-F]{1,32})$/.exec(argument) ?? [];
  if (unit === undefined || id === undefined || !isUnitName(unit.slice(unit.lastIndexOf("/") + 1)))
    return { unit: unitNameOf(argument), machine };
  return { unit: unitNameOf(unit), machine: id.toLowerCase() };
}

import type { Unit } from "@flotilla/model";
import type { EditAlong, StoredUnit } from "@flotilla/registry";
import { isUnitName } from "@flotilla/unit";
import type { Outcome } from "./answer.ts";
import type { ApiContext } from "./context.ts";
import { unknownUnit } from "./unknown-unit.ts";

/**
 * Destroys a unit, readable or not.
 * @param known the unit in the live copy, which saves a read.
 * @param alongWith returns the changes of other units that go along.
 * @throws RequestError if the cluster does not have the unit.
 */
export async function destroyUnit(
  { units }: Pick<ApiContext, "units">,
  name: string,
  signal: AbortSignal,
  known: { readonly unit: Unit | undefined; readonly refresh?: () => Promise<unknown> },
  alongWith: (current: StoredUnit | undefined) => readonly EditAlong[] = () => [],
): Promise<Outcome> {
  const revision = await units.edit(
    name,
    (current, isUnreadable) => {
      // A key that only resembles a unit's key is not the unit's.
      if (!isUnitName(name) || (!current && !isUnreadable)) throw unknownUnit(name);
      return { edit: { action: "destroy" }, along: alongWith(current) };
    },
    signal,
    known,
  );
  return { status: 204, revision };
}

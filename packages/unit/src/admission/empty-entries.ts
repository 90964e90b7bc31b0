import { splitUnitName } from "../name.ts";
import type { Requirements } from "../requirements.ts";
import { RequirementsError } from "../requirements-error.ts";

/**
 * Refuses what a specifier has left empty, such as `MachineMetadata=ip=%i` of a unit that is no instance: no machine
 * and no unit can meet it. A template may hold it, because its instances fill it.
 *
 * @throws RequirementsError naming the option.
 */
export function refuseEmptyEntries(name: string, requirements: Requirements): void {
  if (splitUnitName(name).instance === "") return;
  const { machineID, machineOf, metadata, conflicts, replaces } = requirements;
  const empty =
    (machineID === "" && "MachineID") ||
    (machineOf.includes("") && "MachineOf") ||
    (metadata.some(({ key, values }) => key === "" || values.includes("")) && "MachineMetadata") ||
    (conflicts.includes("") && "Conflicts") ||
    (replaces.includes("") && "Replaces");
  if (!empty) return;
  throw new RequirementsError(
    `${empty}= in [X-Fleet] is empty once its specifiers are expanded, because ${name} is no instance of a template: ` +
      "write the value out, or submit the file as a template such as web@.service.",
  );
}

import { splitUnitName } from "../name.ts";
import type { MetadataExpression } from "../metadata/expression.ts";
import type { Requirements } from "../requirements.ts";
import { RequirementsError } from "../requirements-error.ts";

/**
 * Refuses an entry that expands to an empty value, such as `MachineMetadata=ip=%i` in a unit that is not an instance.
 * No machine and no unit can match such an entry. A template may contain one, because its instances supply the value.
 *
 * @throws RequirementsError naming the option.
 */
export function refuseEmptyEntries(name: string, requirements: Requirements): void {
  if (splitUnitName(name).instance === "") return;
  const { machineID, machineOf, metadata, conflicts, replaces, prefers, avoids, spreadBy } = requirements;
  const empty =
    (machineID === "" && "MachineID") ||
    (machineOf.includes("") && "MachineOf") ||
    (metadata.some(isEmpty) && "MachineMetadata") ||
    (prefers.some(({ expressions }) => expressions.some(isEmpty)) && "Prefers") ||
    (avoids.includes("") && "Avoids") ||
    (spreadBy.includes("") && "SpreadBy") ||
    (conflicts.includes("") && "Conflicts") ||
    (replaces.includes("") && "Replaces");
  if (!empty) return;
  throw new RequirementsError(
    `${empty}= in [X-Fleet] has an empty value after specifier expansion, because ${name} is not an instance; ` +
      "write the value itself, or submit the file as a template such as web@.service",
  );
}

function isEmpty({ key, values }: MetadataExpression): boolean {
  return key === "" || values.includes("");
}

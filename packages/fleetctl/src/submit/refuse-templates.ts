import { parseUnitName } from "@flotilla/unit";
import type { WantedUnit } from "../arguments/wanted-units.ts";
import { CommandError } from "../command-error.ts";

/**
 * @param command what cannot be done with a template.
 * @throws CommandError naming the first template, and an instance of it to use instead.
 */
export function refuseTemplates(command: string, units: readonly WantedUnit[]): void {
  const template = units.find(({ name }) => parseUnitName(name).isTemplate);
  if (!template) return;
  const instance = template.name.replace("@.", "@1.");
  throw new CommandError(
    `${template.name} is a template: ${command} an instance of it, such as ${instance}. Nothing was changed.`,
  );
}

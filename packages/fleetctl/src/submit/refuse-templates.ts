import { parseUnitName } from "@flotilla/unit";
import type { WantedUnit } from "../arguments/wanted-units.ts";
import { CommandError } from "../command-error.ts";

/**
 * @param command the command, which takes no templates.
 * @throws CommandError naming the first template, and an instance to use instead.
 */
export function refuseTemplates(command: string, units: readonly WantedUnit[]): void {
  const template = units.find(({ name }) => parseUnitName(name).isTemplate);
  if (!template) return;
  const instance = template.name.replace("@.", "@1.");
  throw new CommandError(
    `cannot ${command} template ${template.name}: use an instance such as ${instance}; nothing was changed`,
  );
}

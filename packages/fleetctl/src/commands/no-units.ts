import type { Command } from "commander";
import { NothingToDoError } from "../command-error.ts";

/** fleet's commands on units. */
const NAMES = ["submit", "load", "start", "stop", "restart", "unload", "destroy", "status"];

/**
 * Lets fleet's commands on units be given none, which is no error: `fleetctl stop $(list of none)` in a script has
 * nothing to do.
 */
export function allowNoUnits(program: Command): void {
  for (const command of program.commands.filter((one) => NAMES.includes(one.name()))) {
    for (const argument of command.registeredArguments) argument.required = false;
    command.hook("preAction", () => {
      if (command.args.length === 0) throw new NothingToDoError("No units given");
    });
  }
}

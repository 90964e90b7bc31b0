import type { Command } from "commander";
import { NothingToDoError } from "../command-error.ts";

/** fleet's commands that take units. */
const NAMES = ["submit", "load", "start", "stop", "restart", "unload", "destroy", "status"];

/** Lets fleet's commands succeed without units: `fleetctl stop $(...)` in a script may have nothing to stop. */
export function allowNoUnits(program: Command): void {
  for (const command of program.commands.filter((one) => NAMES.includes(one.name()))) {
    for (const argument of command.registeredArguments) argument.required = false;
    command.hook("preAction", () => {
      if (command.args.length === 0) throw new NothingToDoError("No units given");
    });
  }
}

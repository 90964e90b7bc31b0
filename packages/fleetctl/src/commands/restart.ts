import type { UnitEntity } from "@flotilla/api/client";
import { resolveKnownUnits } from "../arguments/known-units.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { askFor } from "../submit/take-down.ts";
import { waitForUnits } from "../wait/wait-for-units.ts";
import { blockAttempts, type Declare, examples } from "./declaration.ts";

interface RestartOptions {
  readonly blockAttempts: number;
}

export const declareRestart: Declare = (program, run) => {
  program
    .command("restart")
    .summary("stop and start units, one after the other")
    .description(
      "Stops each unit and starts it again, waiting for one to be active before the next is stopped; a loaded unit is " +
        "started. Ends at the first that fails.",
    )
    .argument("<unit...>", "names, or patterns over the names that the cluster knows")
    .addOption(blockAttempts())
    .addHelpText("after", examples("fleetctl restart 'web@*'"))
    .action((units: string[], options: RestartOptions) => run((context) => restart(context, units, options)));
};

async function restart(context: Context, args: readonly string[], options: RestartOptions): Promise<number> {
  const { units } = await resolveKnownUnits(await context.client(), args, { templates: false, signal: context.signal });
  refuseInactive(units);
  for (const { name, desiredState } of units) {
    const isStopped = desiredState !== "launched" || (await bring(context, name, "stopped", options));
    if (!isStopped || !(await bring(context, name, "launched", options))) return exitCode.failed;
  }
  return exitCode.ok;
}

/** Reads the unit again, for those before it have taken their time; asks for the state and waits for it. */
async function bring(
  context: Context,
  name: string,
  goal: "stopped" | "launched",
  { blockAttempts }: RestartOptions,
): Promise<boolean> {
  const { units, revision } = await lookUpUnits(await context.client(), [name], context.signal);
  const unit = units.get(name);
  if (!unit) throw new CommandError(`Unit ${name} was destroyed by somebody else meanwhile.`);
  const observed = await askFor(context, unit, goal === "stopped" ? "loaded" : "launched");
  const verb = goal === "stopped" ? "stop" : "start";
  return (await waitForUnits(context, [observed], { goal, verb, blockAttempts, revision })).size === 1;
}

function refuseInactive(units: readonly UnitEntity[]): void {
  const inactive = units.filter(({ desiredState }) => desiredState === "inactive");
  if (inactive.length === 0) return;
  throw new CommandError(inactive.map(({ name }) => `Unable to restart unit ${name} in state inactive`).join("\n"));
}

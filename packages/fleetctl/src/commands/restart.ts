import type { UnitEntity } from "@flotilla/api/client";
import { machinesOf, resolveKnownInstances } from "../arguments/known-instances.ts";
import { withoutIdleMatches } from "../arguments/without-idle-matches.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { MachineBook } from "../cluster/machine-book.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { askFor } from "../submit/take-down.ts";
import { waitForUnits } from "../wait/wait-for-units.ts";
import { actOnInstance } from "./act.ts";
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
        "started. Of a global unit, one copy after the other is restarted. Ends at the first that fails.",
    )
    .argument("<unit...>", "names, patterns over the names that the cluster knows, or UNIT@MACHINE")
    .addOption(blockAttempts())
    .addHelpText("after", examples("fleetctl restart 'web@*'", "fleetctl restart heartbeat.service@113f16a7"))
    .action((units: string[], options: RestartOptions) => run((context) => restart(context, units, options)));
};

async function restart(context: Context, args: readonly string[], options: RestartOptions): Promise<number> {
  const found = await resolveKnownInstances(await context.client(), args, { signal: context.signal });
  const instances = withoutIdleMatches(context, args, found, {
    unitOf: ({ unit }) => unit,
    isIdle: ({ unit }) => unit.desiredState === "inactive",
  });
  refuseInactive(instances.map(({ unit }) => unit));
  for (const { unit, machine } of instances) {
    const { name, desiredState, global } = unit;
    const isDone =
      desiredState === "launched" && (global || machine !== undefined)
        ? await restartInPlace(context, unit, machinesOf({ unit, machine }))
        : (desiredState !== "launched" || (await bring(context, name, "stopped", options))) &&
          (await bring(context, name, "launched", options));
    if (!isDone) return exitCode.failed;
  }
  return exitCode.ok;
}

/** One copy after the other, so that the others go on. */
async function restartInPlace(context: Context, unit: UnitEntity, machines: readonly string[]): Promise<boolean> {
  const book = new MachineBook(await context.client(), context.signal);
  for (const machine of machines) {
    if (!(await actOnInstance(context, { unit, machine }, { action: "restart" }))) return false;
    context.print(`Unit ${unit.name} launched on ${await book.legend(machine)}`);
  }
  return true;
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

import type { UnitEntity } from "@flotilla/api/client";
import { resolveUnitsOrCopies } from "../arguments/known-units-or-copies.ts";
import { withoutIdleMatches } from "../arguments/without-idle-matches.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { MachineLegends } from "../cluster/machine-legends.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { intentOf, observe, type ObservedUnit } from "../wait/observed-unit.ts";
import { waitForUnits } from "../wait/wait-for-units.ts";
import { actOnUnitOrCopy } from "./act.ts";
import { blockAttempts, type Declare, examples } from "./declaration.ts";

interface RestartOptions {
  readonly blockAttempts: number;
}

export const declareRestart: Declare = (program, run) => {
  program
    .command("restart")
    .summary("restart units one after the other")
    .description(
      "Restarts units one after the other, and waits until each is active before it restarts the next. A loaded unit is " +
        "started. The copies of a global unit restart one after the other. Stops at the first failure.",
    )
    .argument("<unit...>", "unit names, patterns over unit names in the cluster, or UNIT@MACHINE")
    .addOption(blockAttempts())
    .addHelpText("after", examples("fleetctl restart 'web@*'", "fleetctl restart heartbeat.service@113f16a7"))
    .action((units: string[], options: RestartOptions) => run((context) => restart(context, units, options)));
};

async function restart(context: Context, args: readonly string[], options: RestartOptions): Promise<number> {
  const found = await resolveUnitsOrCopies(await context.client(), args, { signal: context.signal });
  const targets = withoutIdleMatches(context, args, found, {
    unitOf: ({ unit }) => unit,
    isIdle: ({ unit }) => unit.desiredState === "inactive",
  });
  refuseInactive(targets.map(({ unit }) => unit));
  for (const { unit, machine } of targets) {
    const isInPlace = machine !== undefined && unit.desiredState === "launched";
    const isDone = isInPlace ? await restartOn(context, unit, machine) : await restartAll(context, unit.name, options);
    if (!isDone) return exitCode.failed;
  }
  return exitCode.ok;
}

/** Restarts one copy: a request to its machine only, without a write to the store. */
async function restartOn(context: Context, unit: UnitEntity, machine: string): Promise<boolean> {
  const legends = new MachineLegends(await context.client(), context.signal);
  if (!(await actOnUnitOrCopy(context, { unit, machine }, { action: "restart" }))) return false;
  context.print(`Unit ${unit.name} launched on ${await legends.legend(machine)}`);
  return true;
}

/**
 * Requests the restart of all copies in one write, which takes effect even if this command ends. Reads the unit again
 * first, since earlier restarts may have taken long.
 */
async function restartAll(context: Context, name: string, { blockAttempts }: RestartOptions): Promise<boolean> {
  const client = await context.client();
  const { units, revision: read } = await lookUpUnits(client, [name], context.signal);
  const unit = units.get(name);
  if (!unit) throw new CommandError(`cannot restart unit ${name}: another client destroyed it meanwhile`);
  refuseInactive([unit]);
  const put = await client.putUnit(name, { desiredState: "launched", restart: true }, context.signal);
  const observed = observe(name, unit, intentOf(put.unit), put.revision);
  if (unit.global) await leaveOutAway(context, observed);
  const waiting = { goal: "launched", verb: "restart", blockAttempts, revision: read } as const;
  return (await waitForUnits(context, [observed], waiting)).size === 1;
}

/** Does not wait for copies on machines that are away: they restart when their machine returns. */
async function leaveOutAway(context: Context, { name, places }: ObservedUnit): Promise<void> {
  const { items } = await (await context.client()).listMachines(context.signal);
  const present = new Set(items.map(({ id }) => id));
  const legends = new MachineLegends(await context.client(), context.signal);
  for (const machine of [...places].filter((id) => !present.has(id))) {
    places.delete(machine);
    context.tell(
      `not waiting for the copy of unit ${name} on ${await legends.legend(machine)}: the machine is away, and the copy restarts when it returns`,
    );
  }
}

function refuseInactive(units: readonly UnitEntity[]): void {
  const inactive = units.filter(({ desiredState }) => desiredState === "inactive");
  if (inactive.length === 0) return;
  throw new CommandError(inactive.map(({ name }) => `Unable to restart unit ${name} in state inactive`).join("\n"));
}

import type { UnitEntity } from "@flotilla/api/client";
import { resolveKnownUnits } from "../arguments/known-units.ts";
import { isRefusal } from "../cluster/api-refusal.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { Failures } from "../output/failures.ts";
import { observe, observeAgain, type ObservedUnit } from "../wait/observed-unit.ts";
import { waitForUnits } from "../wait/wait-for-units.ts";
import { blockAttempts, type Declare, examples, noBlock } from "./declaration.ts";

interface DestroyOptions {
  readonly block: boolean;
  readonly blockAttempts: number;
}

export const declareDestroy: Declare = (program, run) => {
  program
    .command("destroy")
    .summary("stop units and remove them from the cluster")
    .description(
      "Stops units, unloads them from their machines and removes them from the cluster. Waits until they are gone.",
    )
    .argument("<unit...>", "unit names, or patterns over unit names in the cluster")
    .addOption(noBlock())
    .addOption(blockAttempts())
    .addHelpText("after", examples("fleetctl destroy redis.service", "fleetctl destroy 'web@*'"))
    .action((units: string[], options: DestroyOptions) => run((context) => destroy(context, units, options)));
};

async function destroy(context: Context, args: readonly string[], options: DestroyOptions): Promise<number> {
  const client = await context.client();
  const failures = new Failures(context);
  const unreadable: ObservedUnit[] = [];
  const { units, revision } = await resolveKnownUnits(client, args, {
    templates: true,
    onUnknown: failures.add,
    takesUnlisted: async (name) => {
      const states = (await client.listStates({ unitName: name }, context.signal)).items;
      const destroyed = await destroyOne(context, name);
      if (destroyed) unreadable.push(observeAgain(destroyed, undefined, states));
      return destroyed !== undefined;
    },
    signal: context.signal,
  });
  const ended = await inParallel(units, (unit) => destroyOne(context, unit.name, unit));
  const destroyed = [...unreadable, ...ended].filter((unit) => unit !== undefined);
  if (!options.block) {
    for (const { name } of destroyed) context.print(`Destroyed ${name}`);
    return failures.any ? exitCode.failed : exitCode.ok;
  }
  const reached = await waitForUnits(context, destroyed, {
    goal: "gone",
    verb: "destroy",
    blockAttempts: options.blockAttempts,
    revision,
  });
  return reached.size === destroyed.length && !failures.any ? exitCode.ok : exitCode.failed;
}

/**
 * Destroys one unit. Undefined if it does not exist, or if another client has destroyed it since it was read.
 *
 * @param unit the unit as read; undefined for an unreadable one.
 */
async function destroyOne(context: Context, name: string, unit?: UnitEntity): Promise<ObservedUnit | undefined> {
  const client = await context.client();
  try {
    const { revision } = await client.destroyUnit(name, context.signal);
    return observe(name, unit, undefined, revision);
  } catch (error) {
    if (isRefusal(error, "unit-not-found")) return undefined;
    throw error;
  }
}

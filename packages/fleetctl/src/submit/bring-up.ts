import { resolveWantedUnits } from "../arguments/wanted-units.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { observe, type ObservedUnit } from "../wait/observed-unit.ts";
import { judge } from "../wait/verdict.ts";
import { waitForUnits } from "../wait/wait-for-units.ts";
import { type PutUnit, putUnits } from "./put-units.ts";
import { refuseReplacing } from "./refuse-replacing.ts";
import { refuseTemplates } from "./refuse-templates.ts";

export interface BringUpOptions {
  readonly replace: boolean;
  readonly block: boolean;
  readonly blockAttempts: number;
}

/**
 * What `load` and `start` have in common: submits what the cluster does not have, asks for the units to be loaded
 * or launched, and waits. Nothing is written unless every argument is sound.
 *
 * @returns the exit code.
 */
export async function bringUp(
  context: Context,
  verb: "load" | "start",
  args: readonly string[],
  options: BringUpOptions,
): Promise<number> {
  const { environment, signal } = context;
  const { replace, block, blockAttempts } = options;
  const goal = verb === "start" ? "launched" : "loaded";
  const client = await context.client();
  const wanted = await resolveWantedUnits(client, args, { directory: environment.directory, replace, signal });
  refuseTemplates(verb, wanted.units);
  refuseReplacing(verb, wanted.units);
  const put = await putUnits(context, wanted.units, { desired: goal, replace });
  const waited: ObservedUnit[] = [];
  for (const unit of put) {
    const { name, isGlobal } = unit.wanted;
    const observed = observePut(unit);
    const isDone = !unit.answer.changed && (isGlobal || judge(goal, observed, false)?.kind === "reached");
    if (isDone) continue;
    if (isGlobal) context.print(`Triggered global unit ${name} ${verb}`);
    else if (!block) context.print(`Triggered unit ${name} ${verb}`);
    else waited.push(observed);
  }
  const reached = await waitForUnits(context, waited, { goal, verb, blockAttempts, revision: wanted.revision });
  return put.length === wanted.units.length && reached.size === waited.length ? exitCode.ok : exitCode.failed;
}

function observePut({ wanted, answer, revision }: PutUnit): ObservedUnit {
  const { hash, desiredState } = answer.unit;
  return observe(wanted.name, wanted.known, { hash, desired: desiredState }, revision);
}

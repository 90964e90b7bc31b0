import { resolveNeededUnits } from "../arguments/needed-units.ts";
import { resolveTriggeredUnits, type TriggeredUnit } from "../arguments/triggered-units.ts";
import { resolveWantedUnits } from "../arguments/wanted-units.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { intentOf, observe, type ObservedUnit } from "../wait/observed-unit.ts";
import { judge } from "../wait/verdict.ts";
import { waitForUnits } from "../wait/wait-for-units.ts";
import { type Retried, startAgain, markStale } from "./start-again.ts";
import { type PutUnit, putUnits } from "./put-units.ts";
import { replaceTemplates } from "./replace-templates.ts";
import { refuseReplacing } from "./refuse-replacing.ts";
import { refuseTemplates } from "./refuse-templates.ts";

export interface BringUpOptions {
  readonly replace: boolean;
  readonly block: boolean;
  readonly blockAttempts: number;
}

/**
 * The common part of `load` and `start`: submits new units, requests the loaded or launched state, and waits. Writes
 * nothing unless every argument is valid.
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
  const { replace } = options;
  const goal = verb === "start" ? "launched" : "loaded";
  const client = await context.client();
  const { directory } = environment;
  const resolving = { directory, replace, templates: false, signal };
  const wanted = await resolveWantedUnits(client, args, resolving);
  refuseTemplates(verb, wanted.units);
  if (replace) refuseReplacing(verb, wanted.units);
  const triggered = await resolveTriggeredUnits(client, wanted.units, resolving);
  const areTemplatesPut = await replaceTemplates(context, wanted.templates);
  const needed = verb === "start" ? await resolveNeededUnits(client, wanted.units, resolving) : [];
  const submitted = await putUnits(context, needed, { desired: undefined, replace: false });
  const loaded = await putTriggered(context, triggered, replace);
  const put = await putUnits(context, wanted.units, { desired: goal, replace });
  const { revision } = wanted;
  const codes = [
    await waitForPut(context, "load", { put: loaded, revision }, options),
    await waitForPut(context, verb, { put, revision }, options),
  ];
  const isAllPut =
    areTemplatesPut &&
    submitted.length === needed.length &&
    loaded.length === triggered.length &&
    put.length === wanted.units.length;
  return codes.find((code) => code !== exitCode.ok) ?? (isAllPut ? exitCode.ok : exitCode.failed);
}

/** Loads the units of triggers without starting them: systemd refuses a trigger whose unit is not loaded. */
async function putTriggered(
  context: Context,
  triggered: readonly TriggeredUnit[],
  replace: boolean,
): Promise<readonly PutUnit[]> {
  const units = triggered.map(({ unit }) => unit);
  const put = await putUnits(context, units, { desired: "loaded", replace });
  for (const { unit, trigger } of triggered)
    if (put.some(({ wanted }) => wanted === unit))
      context.tell(`loading unit ${unit.name} as well: ${trigger} starts it`);
  return put;
}

/** Written units, and the revision that was read before. */
export interface PutUnits {
  readonly put: readonly PutUnit[];
  readonly revision: number;
}

/**
 * Waits until written units reach the requested state. Starts a unit again that was launched before and has failed or
 * was stopped on its machine.
 *
 * @returns the exit code.
 */
export async function waitForPut(
  context: Context,
  verb: "load" | "start",
  { put, revision }: PutUnits,
  { block, blockAttempts }: Pick<BringUpOptions, "block" | "blockAttempts">,
): Promise<number> {
  const goal = verb === "start" ? "launched" : "loaded";
  const waited: ObservedUnit[] = [];
  const retried: Retried[] = [];
  const looked = await inParallel(put, async (unit) => {
    const observed = observePut(unit);
    const isAsBefore = goal === "launched" && !unit.answer.changed;
    return { unit, observed, deadOn: isAsBefore ? await markStale(context, observed) : [] };
  });
  for (const { unit, observed, deadOn } of looked) {
    const { name, isGlobal } = unit.wanted;
    const isDone = !unit.answer.changed && (isGlobal || judge(goal, observed, false)?.kind === "reached");
    if (isDone && deadOn.length === 0) continue;
    retried.push(...deadOn.map((machine) => ({ name, machine })));
    if (isGlobal) context.print(`Triggered global unit ${name} ${verb}`);
    else if (!block) context.print(`Triggered unit ${name} ${verb}`);
    else waited.push(observed);
  }
  using retries = startAgain(context, retried);
  const reached = await waitForUnits(context, waited, { goal, verb, blockAttempts, revision });
  const isSent = await retries.sent();
  return reached.size === waited.length && isSent ? exitCode.ok : exitCode.failed;
}

function observePut({ wanted, answer, revision }: PutUnit): ObservedUnit {
  return observe(wanted.name, wanted.known, intentOf(answer.unit), revision);
}

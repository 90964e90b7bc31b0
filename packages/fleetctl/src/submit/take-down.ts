import type { UnitEntity } from "@flotilla/api/client";
import { resolveKnownUnits } from "../arguments/known-units.ts";
import { withoutIdleMatches } from "../arguments/without-idle-matches.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { Failures } from "../output/failures.ts";
import { observe, type ObservedUnit } from "../wait/observed-unit.ts";
import { waitForUnits } from "../wait/wait-for-units.ts";
import { tellAlso } from "./tell-also.ts";

export interface TakeDownOptions {
  readonly block: boolean;
  readonly blockAttempts: number;
}

const VERBS = {
  stop: { desired: "loaded", goal: "stopped", done: "Successfully stopped units" },
  unload: { desired: "inactive", goal: "inactive", done: "Successfully unloaded units" },
} as const;

/**
 * The common part of `stop` and `unload`: lowers the desired state of units, and waits.
 *
 * @returns the exit code.
 */
export async function takeDown(
  context: Context,
  verb: keyof typeof VERBS,
  args: readonly string[],
  { block, blockAttempts }: TakeDownOptions,
): Promise<number> {
  const { desired, goal, done } = VERBS[verb];
  const failures = new Failures(context);
  const found = await resolveKnownUnits(await context.client(), args, {
    templates: false,
    onUnknown: failures.add,
    signal: context.signal,
  });
  const { revision } = found;
  const units = verb === "stop" ? stoppable(context, args, found.units, failures) : found.units;
  const changed = units.filter((unit) => unit.desiredState !== desired);
  const asked = await inParallel(changed, (unit) => askFor(context, unit, desired));
  const waited: ObservedUnit[] = [];
  for (const [index, observed] of asked.entries()) {
    if (changed[index]?.global) context.print(`Triggered global unit ${observed.name} ${verb}`);
    else if (!block) context.print(`Triggered unit ${observed.name} ${verb}`);
    else waited.push(observed);
  }
  const reached = await waitForUnits(context, waited, { goal, verb, blockAttempts, revision });
  const names = waited.map(({ name }) => name).filter((name) => reached.has(name));
  const isAll = names.length === waited.length;
  if (names.length > 0) context.tell(`${done} [${names.join(" ")}].`);
  return isAll && !failures.any ? exitCode.ok : exitCode.failed;
}

/** Requests another desired state for a unit as read. */
export async function askFor(
  context: Context,
  unit: UnitEntity,
  desired: UnitEntity["desiredState"],
): Promise<ObservedUnit> {
  const client = await context.client();
  const { revision, ...answer } = await client.putUnit(unit.name, { desiredState: desired }, context.signal);
  tellAlso(context, [answer]);
  return observe(unit.name, unit, { hash: unit.hash, desired }, revision);
}

/**
 * The units that can be stopped; the others are reported in fleet's words.
 *
 * @throws CommandError if no unit can be stopped.
 */
function stoppable(
  context: Context,
  args: readonly string[],
  units: readonly UnitEntity[],
  failures: Failures,
): readonly UnitEntity[] {
  const isIdle = ({ desiredState, global }: UnitEntity): boolean => desiredState === "inactive" && !global;
  const kept = withoutIdleMatches(context, args, units, { unitOf: (unit) => unit, isIdle });
  const lines = kept.filter(isIdle).map(({ name }) => `Unable to stop unit ${name} in state inactive`);
  if (lines.length === kept.length) throw new CommandError(lines.join("\n"));
  for (const line of lines) failures.add(line);
  return kept.filter((unit) => !isIdle(unit));
}

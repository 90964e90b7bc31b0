import { type DrainReport, shortMachineID } from "@flotilla/api/client";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { isColored } from "../output/color.ts";
import { startProgress } from "../output/progress.ts";
import { describeLeft, describeUnit } from "./describe-units.ts";

/** How often the drain is looked at, milliseconds. */
const POLL_MS = 500;

/** A drain in which nothing has happened for this long, while nothing is on its way, does not go on, milliseconds. */
const STUCK_MS = 60_000;

/**
 * Waits until no unit is left on a machine that is drained. On a terminal, tells which unit has left.
 * @throws CommandError if the drain was ended, or cannot go on: nothing moves, and no deadline will stop what is left.
 */
export async function waitForDrain(context: Context, first: DrainReport): Promise<number> {
  const { clock, stderr, variables } = context.environment;
  const client = await context.client();
  using progress = startProgress(stderr, isColored(stderr, variables));
  let report = first;
  let changedAt = clock.monotonic();
  for (;;) {
    const { machineID, units, drain } = report;
    if (units.length === 0) {
      context.print(`Machine ${shortMachineID(machineID)} is empty`);
      return exitCode.ok;
    }
    const isStuck = clock.monotonic() - changedAt >= STUCK_MS;
    if (!drain) throw new CommandError(`the drain of machine ${shortMachineID(machineID)} was ended; ${left(report)}`);
    if (drain.deadline === undefined && !goesOn(report, isStuck)) throw new CommandError(cannotGoOn(report));
    progress.show(describeLeft(units));
    await clock.sleep(POLL_MS, context.signal);
    const next = await client.getDrain(machineID, {}, context.signal);
    if (JSON.stringify(next.units) !== JSON.stringify(units)) changedAt = clock.monotonic();
    report = next;
  }
}

/** Whether something is on its way, or waits for its turn and may still get it. */
function goesOn({ units }: DrainReport, isStuck: boolean): boolean {
  if (units.every(({ is }) => is === "last")) return true;
  return units.some(({ is }) => is === "moving" || is === "stopping" || (is === "waiting" && !isStuck));
}

function left({ units }: DrainReport): string {
  return describeLeft(units);
}

function cannotGoOn({ machineID, units }: DrainReport): string {
  const lines = units.filter(({ is }) => is !== "last").map((unit) => `  ${describeUnit(unit)}`);
  const id = shortMachineID(machineID);
  return [
    `machine ${id} cannot be emptied:`,
    ...lines,
    `stop these units, or drain the machine with a deadline: fleetctl drain ${id.replace("...", "")} --deadline 10m`,
  ].join("\n");
}

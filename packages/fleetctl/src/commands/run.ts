import { randomUUID } from "node:crypto";
import { isTrigger, parseUnitFile, triggeredUnitOf } from "@flotilla/unit";
import { isPattern } from "../arguments/unit-argument.ts";
import { parseUnitOrCopy } from "../arguments/unit-or-copy.ts";
import { isApiError, isRefusal } from "../cluster/api-refusal.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { MachineLegends } from "../cluster/machine-legends.ts";
import { CommandError, UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { durationOf } from "../runs/duration.ts";
import { endOf } from "../runs/end-of-run.ts";
import { waitForRun } from "../runs/wait-for-run.ts";
import { bringUp } from "../submit/bring-up.ts";
import { type Declare, examples, machine } from "./declaration.ts";

interface RunOptions {
  readonly wait: boolean;
  readonly machine?: string;
}

export const declareRun: Declare = (program, run) => {
  program
    .command("run")
    .summary("run a service once, now, on its machine")
    .description(
      "Starts a run of a service that does not run, on its machine, and places it first if it has none. For a timer, the " +
        "service that the timer starts. The desired state does not change; a unit that was inactive becomes loaded. With " +
        "--wait, the exit code is the run's own: its exit status, or 128 and the signal's number.",
    )
    .argument("<unit>", "a unit file, a unit name, or UNIT@MACHINE")
    .option("-w, --wait", "wait until the run has ended, and exit with its exit code", false)
    .addOption(machine())
    .addHelpText("after", examples("fleetctl run backup.service", "fleetctl run --wait backup@db1"))
    .action((unit: string, options: RunOptions) => run((context) => runOnce(context, unit, options)));
};

async function runOnce(context: Context, argument: string, options: RunOptions): Promise<number> {
  if (isPattern(argument)) throw new UsageError(`cannot use the pattern ${argument}: run takes one unit`);
  const { unit: named, machine } = parseUnitOrCopy(argument, options.machine);
  const name = await serviceOf(context, named);
  const { units } = await lookUpUnits(await context.client(), [name], context.signal);
  if ((units.get(name)?.desiredState ?? "inactive") === "inactive") {
    // A file's path, unless a machine or a trigger is named.
    const source = name === named && machine === options.machine ? argument : name;
    const code = await bringUp(context, "load", [source], { replace: false, block: true, blockAttempts: 0 });
    if (code !== exitCode.ok) return code;
  }
  return start(context, name, { ...options, ...(machine !== undefined && { machine }) });
}

/** The unit that a timer or another trigger starts; other units are meant themselves. */
async function serviceOf(context: Context, name: string): Promise<string> {
  if (!isTrigger(name)) return name;
  try {
    const file = await (await context.client()).getUnitFile(name, context.signal);
    return triggeredUnitOf(name, parseUnitFile(file).options) ?? name;
  } catch (error) {
    if (isRefusal(error, "unit-not-found"))
      throw new CommandError(`unit ${name} is not in the cluster; submit it first`);
    throw error;
  }
}

async function start(context: Context, name: string, { wait, machine }: RunOptions): Promise<number> {
  const client = await context.client();
  try {
    const body = { id: randomUUID(), ...(machine !== undefined && { machine }) };
    const started = await client.startRun(name, body, context.signal);
    const where = await new MachineLegends(client, context.signal).legend(started.machineID);
    if (!wait) {
      context.print(`Unit ${name} runs on ${where}, invocation ${started.invocation}`);
      return exitCode.ok;
    }
    const ended = await waitForRun(context, name, started);
    if ("unknown" in ended) {
      context.tell(`cannot tell how the run of ${name} on ${where} has ended: ${ended.unknown}`);
      return exitCode.failed;
    }
    const code = ended.exitCode ?? exitCode.failed;
    const ms = ended.endedAt === undefined ? 0 : Date.parse(ended.endedAt) - Date.parse(ended.startedAt);
    if (code !== 0 || ended.result !== "success")
      context.tell(`the run of ${name} on ${where} ended after ${durationOf(ms)}: ${endOf(ended)}`);
    return code;
  } catch (error) {
    if (context.signal.aborted && wait)
      context.tell(`no longer waiting for the run of ${name}: it goes on; \`fleetctl runs ${name}\` shows how it ends`);
    if (!isApiError(error)) throw error;
    context.tell([error.message, ...error.reasons.map((reason) => `  ${reason}`)].join("\n"));
    return exitCode.failed;
  }
}

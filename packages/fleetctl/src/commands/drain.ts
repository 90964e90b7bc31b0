import { type DrainReport, shortMachineID } from "@flotilla/api/client";
import { secondsIn } from "../arguments/token-values.ts";
import { MACHINE_ARGUMENT } from "../cluster/machine-named.ts";
import type { Context } from "../context.ts";
import { describeStaying } from "../drain/describe-units.ts";
import { waitForDrain } from "../drain/wait-for-drain.ts";
import { exitCode } from "../exit-code.ts";
import { tellUpkeep } from "./cordon.ts";
import { type Declare, examples } from "./declaration.ts";

interface DrainOptions {
  readonly deadline?: string;
  readonly until?: string;
  readonly reason?: string;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
}

export const declareDrain: Declare = (program, run) => {
  program
    .command("drain")
    .summary("move all units away from a machine")
    .description(
      "Takes a machine out of use: it gets no further units, and each of its units goes elsewhere. A unit stops on the " +
        "machine only when it is up in its new place; exclusive units stop first. Units that cannot go elsewhere are " +
        "named with the reason, and stay until the deadline, at which they are stopped. Global units leave last. The " +
        "drain lasts over restarts of the machine, until fleetctl undrain.",
    )
    .argument("<machine>", `${MACHINE_ARGUMENT}; the machine may be away`)
    .option("--deadline <time>", "stop units that are left after this time, such as 10m; by default they stay")
    .option("--until <time>", "end the drain by itself after this time, such as 2h")
    .option("--reason <text>", "why; list-machines and the log show it")
    .option("--wait", "wait until the machine is empty; exit 1 if units stay for good")
    .option("--dry-run", "only show where each unit would go")
    .addHelpText(
      "after",
      examples(
        "fleetctl drain web1 --dry-run",
        'fleetctl drain web1 --wait --deadline 10m --reason "new kernel"',
        "fleetctl drain 113f16a7 --until 2h",
      ),
    )
    .action((machine: string, options: DrainOptions) => run((context) => drain(context, machine, options)));
  program
    .command("undrain")
    .summary("let a drained machine get units again")
    .description(
      "Ends the drain of a machine; a cordon from before the drain stays. Units that have left do not return by " +
        "themselves: see fleetctl rebalance.",
    )
    .argument("<machine>", `${MACHINE_ARGUMENT}; the machine may be away`)
    .addHelpText("after", examples("fleetctl undrain web1"))
    .action((machine: string) => run((context) => undrain(context, machine)));
};

async function drain(context: Context, machine: string, options: DrainOptions): Promise<number> {
  const { deadline, until, reason, wait = false, dryRun = false } = options;
  const body = {
    ...(reason !== undefined && { reason }),
    ...(deadline !== undefined && { deadlineSeconds: secondsIn(deadline, "deadline") }),
    ...(until !== undefined && { untilSeconds: secondsIn(until, "until") }),
  };
  const client = await context.client();
  if (dryRun) return show(context, await client.getDrain(machine, { preview: true }, context.signal));
  const answer = await client.drainMachine(machine, body, context.signal);
  const report = await client.getDrain(answer.machineID, {}, context.signal);
  tellUpkeep(context, answer, `is drained: ${report.units.length} units are on it`);
  for (const line of describeStaying(report)) context.tell(line);
  return wait ? waitForDrain(context, report) : exitCode.ok;
}

async function undrain(context: Context, machine: string): Promise<number> {
  const answer = await (await context.client()).undrainMachine(machine, context.signal);
  tellUpkeep(context, answer, answer.cordon ? "is no longer drained, but cordoned" : "takes units again");
  return exitCode.ok;
}

function show(context: Context, { machineID, units }: DrainReport): number {
  for (const { unit, to, why } of units)
    context.print(to === undefined ? `${unit} stays: ${why.join("; ")}` : `${unit} goes to ${shortMachineID(to)}`);
  if (units.length === 0) context.tell(`Machine ${shortMachineID(machineID)} has no units`);
  return exitCode.ok;
}

import { describeMachine, type UpkeepAnswer } from "@flotilla/api/client";
import { MACHINE_ARGUMENT } from "../cluster/machine-named.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";

const AWAY = `${MACHINE_ARGUMENT}; the machine may be away`;

export const declareCordon: Declare = (program, run) => {
  program
    .command("cordon")
    .summary("let a machine get no further units")
    .description(
      "Cordons a machine: it gets no further units, and keeps those that it has, the global ones too. The cordon lasts " +
        "over restarts of the machine, until fleetctl uncordon. To move the units away, use fleetctl drain.",
    )
    .argument("<machine>", AWAY)
    .option("--reason <text>", "why; list-machines and refused units show it")
    .addHelpText("after", examples("fleetctl cordon web1", 'fleetctl cordon 113f16a7 --reason "bad disk"'))
    .action((machine: string, { reason }: { readonly reason?: string }) =>
      run((context) => cordon(context, machine, reason)),
    );
  program
    .command("uncordon")
    .summary("let a machine get units again")
    .description("Ends the cordon of a machine, and its drain. Units that have left do not return by themselves.")
    .argument("<machine>", AWAY)
    .addHelpText("after", examples("fleetctl uncordon web1"))
    .action((machine: string) => run((context) => uncordon(context, machine)));
};

async function cordon(context: Context, machine: string, reason: string | undefined): Promise<number> {
  const client = await context.client();
  const answer = await client.cordonMachine(machine, reason === undefined ? {} : { reason }, context.signal);
  tellUpkeep(context, answer, "is cordoned: it gets no further units");
  return exitCode.ok;
}

async function uncordon(context: Context, machine: string): Promise<number> {
  const answer = await (await context.client()).uncordonMachine(machine, context.signal);
  tellUpkeep(context, answer, "takes units again");
  return exitCode.ok;
}

/** Prints the result. Nothing that has changed nothing is printed, as in fleet; stderr says so. */
export function tellUpkeep(context: Context, { machineID, changed }: UpkeepAnswer, what: string): void {
  const line = `Machine ${describeMachine({ id: machineID })} ${what}`;
  if (changed) context.print(line);
  else context.tell(`${line}; nothing has changed`);
}

import { shortMachineID } from "@flotilla/api/client";
import { unitNameOf } from "../arguments/unit-argument.ts";
import { MACHINE_ARGUMENT } from "../cluster/machine-named.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";

export const declareMove: Declare = (program, run) => {
  program
    .command("move")
    .summary("move a unit to another machine")
    .description(
      "Moves a unit once, to the named machine or to the best other one, if its requirements allow it. The unit stops " +
        "where it is only when it is up there; an exclusive unit stops first. Units that must be with it go along.",
    )
    .argument("<unit>", "name of a unit in the cluster")
    .argument("[machine]", MACHINE_ARGUMENT)
    .option("--reason <text>", "why; the log shows it")
    .addHelpText("after", examples("fleetctl move web@1.service", "fleetctl move db.service web2"))
    .action((unit: string, machine: string | undefined, { reason }: { readonly reason?: string }) =>
      run((context) => move(context, unitNameOf(unit), machine, reason)),
    );
};

async function move(
  context: Context,
  unit: string,
  to: string | undefined,
  reason: string | undefined,
): Promise<number> {
  const client = await context.client();
  const body = { ...(to !== undefined && { to }), ...(reason !== undefined && { reason }) };
  const moved = await client.moveUnit(unit, body, context.signal);
  const along = moved.units.filter((name) => name !== unit);
  const others = along.length > 0 ? `, with ${along.join(", ")}` : "";
  context.print(`Unit ${unit} moves from ${shortMachineID(moved.from)} to ${shortMachineID(moved.to)}${others}`);
  return exitCode.ok;
}

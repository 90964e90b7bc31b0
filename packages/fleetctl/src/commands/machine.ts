import { MACHINE_ARGUMENT, machineNamed } from "../cluster/machine-named.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { confirm } from "../output/confirm.ts";
import { type Declare, examples } from "./declaration.ts";

interface RemoveOptions {
  readonly yes?: boolean;
}

/** machine-id(5): 32 hexadecimal digits. */
const WHOLE_ID = /^[0-9a-f]{32}$/;

export const declareMachine: Declare = (program, run) => {
  const machine = program
    .command("machine")
    .summary("remove a machine from the cluster")
    .description("Manages the machines of the cluster. list-machines shows the machines.")
    .addHelpText("after", examples("fleetctl machine remove 113f16a7"));
  machine
    .command("remove")
    .summary("end a machine's membership")
    .description(
      "Ends a machine's membership at once: its connections are cut, its certificate is refused, its settings are " +
        "deleted, and its units start elsewhere. The machine stops its units as soon as it learns of the removal from a " +
        "server. The machine may be away; then its whole ID is needed. To rejoin, run " +
        "fleetctl join on the host with a new token. A server cannot be removed: stop its daemon.",
    )
    .argument("<machine>", `${MACHINE_ARGUMENT}; the whole ID of a machine that is away`)
    .option("--yes", "do not ask")
    .addHelpText("after", examples("fleetctl machine remove 113f16a7"))
    .action((id: string, options: RemoveOptions) => run((context) => remove(context, id, options)));
};

async function remove(context: Context, given: string, { yes = false }: RemoveOptions): Promise<number> {
  const client = await context.client();
  const { items } = await client.listMachines(context.signal);
  const known = WHOLE_ID.test(given) ? items.find(({ id }) => id === given) : machineNamed(items, given);
  const id = known?.id ?? given;
  if (!yes)
    await confirm(
      context,
      `Remove machine ${id} (${known?.primaryIP ?? "away"}) from the cluster?`,
      "nothing was removed",
    );
  await client.removeMachine(id, context.signal);
  context.print(`Machine ${id} is removed`);
  if (!known)
    context.tell("It is away: its units may run there until it reaches a server, which tells it to stop them");
  return exitCode.ok;
}

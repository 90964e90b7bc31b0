import { type MachineEntity, shortMachineID } from "@flotilla/api/client";
import type { Context } from "../context.ts";
import { type Declare, examples } from "./declaration.ts";
import { listRows, withCluster } from "./list-rows.ts";
import { addListingOptions, listOptionsOf } from "./listing-options.ts";

const machineColumns = withCluster<MachineEntity>({
  machine: ({ id }, full) => (full ? id : shortMachineID(id)),
  ip: ({ primaryIP }) => primaryIP,
  metadata: ({ metadata }) =>
    Object.keys(metadata)
      .toSorted()
      .map((key) => `${key}=${escapeBlanks(metadata[key] ?? "")}`)
      .join(","),
  vouched: ({ vouched = [] }) => (vouched.length > 0 ? vouched.join(",") : "-"),
});

export const declareListMachines: Declare = (program, run) => {
  const command = program
    .command("list-machines")
    .summary("list the machines of the cluster")
    .description("Lists the machines that are in the cluster now, with their addresses and metadata.");
  addListingOptions(command, machineColumns, "machine,ip,metadata")
    .addHelpText("after", examples("fleetctl list-machines --full", "fleetctl list-machines --output json"))
    .action(() => run((context) => listRows(context, machineColumns, listOptionsOf(command), machinesOf)));
};

async function machinesOf(context: Context): Promise<readonly MachineEntity[]> {
  const client = await context.client();
  const [{ items }, hold] = await Promise.all([client.listMachines(context.signal), client.getHold(context.signal)]);
  if (hold) {
    context.tell(
      `WARNING: ${hold.machines.length} of ${hold.of} machines vanished together (${hold.since}): a mass-loss hold keeps their ` +
        "units in place. Bring the machines back, or end the hold with fleetctl release-hold.",
    );
  }
  const open = items.filter(({ insecureApi }) => insecureApi).map(({ id }) => shortMachineID(id));
  if (open.length > 0) {
    context.tell(
      `WARNING: insecure_api is true on ${open.join(", ")}: whoever reaches the API's TCP port there is root on every machine. ` +
        "Remove the option from fleet.conf, and give clients tokens.",
    );
  }
  return items;
}

/**
 * Escapes each byte of a blank, a control character or a backslash like systemd-escape(1), as `\\x20`, because a column
 * must be one word.
 */
function escapeBlanks(text: string): string {
  return text.replace(/[\s\p{Cc}\\]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

import { type AwayMachineEntity, type HoldEntity, type MachineEntity, shortMachineID } from "@flotilla/api/client";
import { isRefusal } from "../cluster/api-refusal.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { Context } from "../context.ts";
import { amountsText } from "../output/amounts.ts";
import { escapeBlanks } from "../output/escape-blanks.ts";
import { type Declare, examples } from "./declaration.ts";
import { listRows, withCluster } from "./list-rows.ts";
import { addListingOptions, type ListOptions, listOptionsOf } from "./listing-options.ts";

/** A machine of the cluster; of a member that is away, little is known. */
interface Row extends Pick<MachineEntity, "id" | "primaryIP" | "metadata" | "units"> {
  readonly hostname?: string | undefined;
  readonly vouched?: readonly string[] | undefined;
  readonly state?: string | undefined;
  readonly since?: string | undefined;
  readonly reserved?: MachineEntity["reserved"];
  readonly free?: MachineEntity["free"];
}

const machineColumns = withCluster<Row>({
  machine: ({ id }, full) => (full ? id : shortMachineID(id)),
  ip: ({ primaryIP }) => primaryIP,
  metadata: ({ metadata }) =>
    Object.keys(metadata)
      .toSorted()
      .map((key) => `${key}=${escapeBlanks(metadata[key] ?? "")}`)
      .join(","),
  vouched: ({ vouched = [] }) => (vouched.length > 0 ? vouched.join(",") : "-"),
  host: ({ hostname = "" }) => escapeBlanks(hostname),
  state: ({ state = "" }) => state,
  since: ({ since = "" }) => since,
  units: ({ units }) => String(units),
  reserved: ({ reserved }) => amountsText(reserved),
  free: ({ free }) => amountsText(free),
});

const FLEETS_FIELDS = "machine,ip,metadata";

/** What fleet did not show. These columns stand behind fleet's, where scripts do not look. */
const MORE_FIELDS = ["host", "state", "since", "units", "reserved", "free"];

export const declareListMachines: Declare = (program, run) => {
  const command = program
    .command("list-machines")
    .summary("list the machines of the cluster")
    .description(
      "Lists the machines of the cluster with their addresses and metadata, their states, and what their units reserve. " +
        "Members that are away are listed too. With --compat, or --fields of fleet's columns, lists what fleet does.",
    );
  addListingOptions(command, machineColumns, FLEETS_FIELDS)
    .addHelpText(
      "after",
      examples("fleetctl list-machines --full", "fleetctl list-machines --fields machine,host,state,units"),
    )
    .action(() => run((context) => listMachines(context, listOptionsOf(command))));
};

function listMachines(context: Context, options: ListOptions): Promise<number> {
  const { areFieldsChosen, fields } = options;
  const isMore =
    !context.flags.compat && (!areFieldsChosen || fields.split(",").some((one) => MORE_FIELDS.includes(one)));
  const read = isMore ? membersOf : machinesOf;
  return listRows(context, machineColumns, options, read, () => (isMore ? MORE_FIELDS.join(",") : undefined));
}

/** What fleet shows: the machines that are in the cluster now. */
async function machinesOf(context: Context): Promise<readonly Row[]> {
  const client = await context.client();
  const [{ items }, hold] = await Promise.all([client.listMachines(context.signal), client.getHold(context.signal)]);
  warn(context, items, hold);
  return items;
}

async function membersOf(context: Context): Promise<readonly Row[]> {
  const client = await context.client();
  const members = await membersIn(client, context.signal);
  if (!members) return machinesOf(context);
  const { machines, away, hold } = members;
  warn(context, machines, hold);
  return [...machines, ...away.map(rowOfAway)].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Undefined for a daemon of an earlier version, which refuses the question. */
function membersIn(client: ClusterClient, signal: AbortSignal) {
  return client.listMembers(signal).catch((error: unknown) => {
    if (isRefusal(error, "bad-query")) return undefined;
    throw error;
  });
}

function rowOfAway({ host = "", ...rest }: AwayMachineEntity): Row {
  return { ...rest, primaryIP: host, metadata: {} };
}

function warn(context: Context, items: readonly MachineEntity[], hold: HoldEntity | undefined): void {
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
}

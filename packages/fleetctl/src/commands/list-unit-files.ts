import type { UnitEntity } from "@flotilla/api/client";
import type { Context } from "../context.ts";
import { parseFields } from "../output/listing.ts";
import { machineLegend } from "../output/machine-legend.ts";
import { type Declare, examples } from "./declaration.ts";
import { listRows, withCluster } from "./list-rows.ts";
import { addListingOptions, type ListOptions, listOptionsOf } from "./listing-options.ts";

interface Row extends UnitEntity {
  /** The address of the machine of a unit that is not global. */
  readonly targetIP?: string;
}

const unitFileColumns = withCluster<Row>({
  unit: ({ name }) => name,
  hash: ({ hash }, full) => (full ? hash : hash.slice(0, 7)),
  dstate: ({ desiredState }) => desiredState,
  state: ({ global, currentState }) => (global ? "" : currentState),
  target,
  tmachine: target,
  desc: ({ description }) => description,
  global: ({ global }) => String(global),
});

export const declareListUnitFiles: Declare = (program, run) => {
  const command = program
    .command("list-unit-files")
    .summary("list all units of the cluster")
    .description(
      "Lists all units of the cluster, also those without a machine, with their desired states and machines.",
    );
  addListingOptions(command, unitFileColumns, "unit,hash,dstate,state,target")
    .addHelpText("after", examples("fleetctl list-unit-files", "fleetctl list-unit-files --fields unit,dstate,desc"))
    .action(() => run((context) => listUnitFiles(context, listOptionsOf(command))));
};

async function listUnitFiles(context: Context, options: ListOptions): Promise<number> {
  const fields = parseFields(options.fields, unitFileColumns);
  if (fields.includes("tmachine")) context.tell('WARNING: The "tmachine" field is deprecated. Use "target" instead');
  return listRows(context, unitFileColumns, options, rowsOf);
}

async function rowsOf(context: Context): Promise<readonly Row[]> {
  const client = await context.client();
  const [units, machines] = await Promise.all([
    client.listUnits({}, context.signal),
    client.listMachines(context.signal),
  ]);
  const addresses = new Map(machines.items.map(({ id, primaryIP }) => [id, primaryIP]));
  return units.items.map((unit): Row => {
    const targetIP = addresses.get(placeOf(unit) ?? "");
    return targetIP === undefined ? unit : { ...unit, targetIP };
  });
}

function target(unit: Row, full: boolean): string {
  if (unit.global) return "global";
  const place = placeOf(unit);
  return place === undefined ? "" : machineLegend(place, { primaryIP: unit.targetIP ?? "" }, full);
}

/** The machine of a unit that is not global, ignoring a copy that runs only until its replacement is active. */
function placeOf({ global, machines }: UnitEntity): string | undefined {
  return global ? undefined : machines.find(({ leaving }) => !leaving)?.machineID;
}

import type { MachineEntity, UnitStateEntity } from "@flotilla/api/client";
import type { Context } from "../context.ts";
import { machineLegend } from "../output/machine-legend.ts";
import { type Declare, examples } from "./declaration.ts";
import { listRows, withCluster } from "./list-rows.ts";
import { addListingOptions, listOptionsOf } from "./listing-options.ts";

interface Row extends UnitStateEntity {
  /** The address of the state's machine, while the machine is in the cluster. */
  readonly machineIP?: string;
}

const unitColumns = withCluster<Row>({
  unit: ({ name }) => name,
  load: ({ load }) => load,
  active: ({ active }) => active,
  sub: ({ sub }) => sub,
  machine: ({ machineID, machineIP = "" }, full) =>
    machineID ? machineLegend(machineID, { primaryIP: machineIP }, full) : "",
  hash: ({ hash }, full) => (full ? hash : hash.slice(0, 7)),
});

export const declareListUnits: Declare = (program, run) => {
  const command = program
    .command("list-units")
    .summary("list units on machines with their systemd states")
    .description("Lists the units that are on a machine, and the state that systemd reports for each.");
  addListingOptions(command, unitColumns, "unit,machine,active,sub")
    .addHelpText("after", examples("fleetctl list-units", "fleetctl list-units --no-legend --fields unit,active"))
    .action(() => run((context) => listRows(context, unitColumns, listOptionsOf(command), rowsOf)));
};

async function rowsOf(context: Context): Promise<readonly Row[]> {
  const client = await context.client();
  const [states, machines] = await Promise.all([
    client.listStates({}, context.signal),
    client.listMachines(context.signal),
  ]);
  const byID = new Map(machines.items.map((machine) => [machine.id, machine]));
  return states.items.map((state) => withIP(state, byID.get(state.machineID)));
}

function withIP(state: UnitStateEntity, machine: MachineEntity | undefined): Row {
  return machine ? { ...state, machineIP: machine.primaryIP } : state;
}

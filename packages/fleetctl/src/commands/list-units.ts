import { type Command, Option } from "commander";
import type { MachineEntity, UnitEntity, UnitStateEntity } from "@flotilla/api/client";
import { matchesGlob } from "@flotilla/unit";
import { isPattern, unitNameOf } from "../arguments/unit-argument.ts";
import { isRefusal } from "../cluster/api-refusal.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { Context } from "../context.ts";
import { machineLegend } from "../output/machine-legend.ts";
import { idle, type ShownState, troublesOf, type UnitRow } from "../output/unit-row.ts";
import { type Declare, examples } from "./declaration.ts";
import { listRows, withCluster } from "./list-rows.ts";
import { addListingOptions, type ListOptions, listOptionsOf } from "./listing-options.ts";

interface UnitFilter {
  readonly state?: string;
  readonly failed: boolean;
  readonly all: boolean;
}

const unitColumns = withCluster<UnitRow>({
  unit: ({ name }) => name,
  load: ({ load }) => load,
  active: ({ active }) => active,
  sub: ({ sub }) => sub,
  machine: ({ machineID, machineIP = "" }, full) =>
    machineID ? machineLegend(machineID, { primaryIP: machineIP }, full) : "",
  hash: ({ hash }, full) => (full ? hash : hash.slice(0, 7)),
  reason: ({ reason = "" }) => reason,
});

export const declareListUnits: Declare = (program, run) => {
  const command = program
    .command("list-units")
    .summary("list units with their systemd states, and wanted units that do not run")
    .description(
      "Lists the units that are on a machine, with the state that systemd reports for each, and the units that are wanted " +
        "and do not run, with the reason. While every wanted unit runs, the output is fleet's byte for byte; with " +
        "--compat or --fields, always.",
    )
    .argument("[unit...]", "unit names, or patterns over unit names; default all")
    .addOption(
      new Option(
        "--state <states>",
        "only units in one of these states, separated by commas: load, active or sub states of systemd, or unplaced, away, pending",
      ),
    )
    .option("--failed", "the same as --state=failed", false)
    .option("-a, --all", "also units that are not wanted on any machine", false);
  addListingOptions(command, unitColumns, "unit,machine,active,sub")
    .addHelpText(
      "after",
      examples(
        "fleetctl list-units",
        "fleetctl list-units 'web@*' --state=failed,unplaced",
        "fleetctl list-units --no-legend --fields unit,active",
      ),
    )
    .action((patterns: string[]) => run((context) => listUnits(context, command, patterns)));
};

function listUnits(context: Context, command: Command, patterns: readonly string[]): Promise<number> {
  const options = listOptionsOf(command);
  const filter = command.opts<UnitFilter>();
  const names = patterns.map((one) => (isPattern(one) ? one : unitNameOf(one)));
  const isMeant = (row: UnitRow): boolean => isNamed(row, names) && isInState(row, filter);
  const read = async (one: Context): Promise<readonly UnitRow[]> =>
    (await rowsOf(one, { filter, withTroubled: showsTroubled(context, options) })).filter(isMeant);
  const addsReason = (rows: readonly UnitRow[]): boolean =>
    showsTroubled(context, options) && rows.some(({ reason }) => reason !== undefined);
  return listRows(context, unitColumns, options, read, (rows) => (addsReason(rows) ? "reason" : undefined));
}

/** fleet's own columns show what fleet showed. */
function showsTroubled({ flags }: Context, { areFieldsChosen, fields }: ListOptions): boolean {
  return !flags.compat && (!areFieldsChosen || fields.split(",").includes("reason"));
}

function isNamed({ name }: UnitRow, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some((pattern) => pattern === name || matchesGlob(pattern, name));
}

function isInState({ load, active, sub }: UnitRow, { state, failed }: UnitFilter): boolean {
  const states = [...(state?.split(",").map((one) => one.trim()) ?? []), ...(failed ? ["failed"] : [])];
  return states.length === 0 || [load, active, sub].some((one) => states.includes(one));
}

interface Wanted {
  readonly filter: UnitFilter;
  readonly withTroubled: boolean;
}

async function rowsOf(context: Context, { filter, withTroubled }: Wanted): Promise<readonly UnitRow[]> {
  const client = await context.client();
  const [states, machines, units] = await Promise.all([
    client.listStates({}, context.signal),
    client.listMachines(context.signal),
    filter.all ? client.listUnits({}, context.signal) : withTroubled ? troubled(client, context.signal) : { items: [] },
  ]);
  const byID = new Map(machines.items.map((machine) => [machine.id, machine]));
  const troubles = units.items.flatMap(withTroubled ? troublesOf : () => []);
  const reasons = new Map(troubles.map((row) => [keyOf(row), row.reason]));
  const shown = states.items.map((state) => withIP(withReason(state, reasons.get(keyOf(state))), byID));
  const known = new Set(shown.map(keyOf));
  const hidden = troubles.filter((row) => !known.has(keyOf(row)));
  const rows = [...shown, ...hidden, ...(filter.all ? idle(units.items) : [])];
  return rows.length === shown.length ? rows : rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** A daemon of an earlier version refuses the question; then nothing is added. */
async function troubled(
  client: ClusterClient,
  signal: AbortSignal,
): Promise<{ readonly items: readonly UnitEntity[] }> {
  return client.listUnits({ troubled: true }, signal).catch((error: unknown) => {
    if (isRefusal(error, "bad-query")) return { items: [] };
    throw error;
  });
}

/** Sorts by unit, then machine. */
function keyOf({ name, machineID }: ShownState): string {
  return `${name} ${machineID}`;
}

function withReason(state: UnitStateEntity, reason: string | undefined): UnitRow {
  return reason === undefined ? state : { ...state, reason };
}

function withIP(row: UnitRow, machines: ReadonlyMap<string, MachineEntity>): UnitRow {
  const machine = machines.get(row.machineID);
  return machine ? { ...row, machineIP: machine.primaryIP } : row;
}

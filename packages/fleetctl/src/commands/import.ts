import { Option } from "commander";
import { type FleetUnit, shortMachineID } from "@flotilla/api/client";
import { UsageError } from "../command-error.ts";
import { isApiError } from "../cluster/api-refusal.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import {
  fileOf,
  type ImportSteps,
  type MachineStep,
  importSteps,
  type Source,
  type UnitStep,
} from "../import/import-steps.ts";
import { writeJson } from "../output/json.ts";
import { type Columns, writeListing } from "../output/listing.ts";
import { GatheredWarnings } from "../submit/gathered-warnings.ts";
import { type Declare, examples, output } from "./declaration.ts";

interface ImportCommandOptions {
  readonly from: string;
  readonly state: "as-is" | "loaded" | "inactive";
  readonly replace: boolean;
  readonly dryRun: boolean;
  readonly output: "text" | "json";
}

export const declareImport: Declare = (program, run) => {
  program
    .command("import")
    .summary("copy units from a fleet cluster")
    .description(
      "Reads the units of another cluster, of fleet or Flotilla, through its API, and creates them in this cluster with the " +
        "same desired states. Also copies the metadata of machines that are in both clusters. The other cluster is only " +
        "read. Existing units are never stopped, and changed only with --replace, so an import can be repeated. " +
        "Prints what it will do, then does it without waiting for the units.",
    )
    .requiredOption(
      "--from <endpoint>",
      "API of the other cluster: unix:///path, http://host:port or https://host:port",
    )
    .addOption(
      new Option("--state <state>", "highest desired state to set; as-is keeps the other cluster's")
        .choices(["as-is", "loaded", "inactive"])
        .default("as-is"),
    )
    .option("--replace", "replace existing units that differ from the other cluster's", false)
    .option("--dry-run", "print what would be done, and do nothing", false)
    .addOption(output())
    .addHelpText(
      "after",
      examples(
        "fleetctl import --from http://10.0.0.1:49153 --dry-run",
        "fleetctl import --from http://10.0.0.1:49153 --state inactive",
        "ssh -fNL /tmp/old.sock:/run/fleet.sock core@10.0.0.1 && fleetctl import --from unix:///tmp/old.sock",
      ),
    )
    .action((options: ImportCommandOptions) => run((context) => importUnits(context, options)));
};

async function importUnits(context: Context, options: ImportCommandOptions): Promise<number> {
  const { environment, signal } = context;
  const source = await readSource(context, options.from);
  const client = await context.client();
  const [units, machines] = await Promise.all([client.listUnits({}, signal), client.listMachines(signal)]);
  const most = options.state === "as-is" ? undefined : options.state;
  const steps = importSteps(
    source,
    { units: units.items, machines: machines.items },
    { most, replace: options.replace },
  );
  if (options.output === "json") writeJson(environment.stdout, { dryRun: options.dryRun, ...steps });
  else showSteps(context, steps);
  const failed = options.dryRun ? 0 : await carryOut(context, source, steps, options);
  const refused = steps.units.filter(({ action }) => action === "refuse").length;
  if (options.output === "text") context.tell(summary(steps, failed, options));
  return failed + refused > 0 ? exitCode.failed : exitCode.ok;
}

async function readSource({ flags, signal }: Context, from: string): Promise<Source> {
  const endpoints = from
    .split(",")
    .map((endpoint) => endpoint.trim())
    .filter((endpoint) => endpoint !== "");
  if (endpoints.length === 0)
    throw new UsageError("cannot use --from: no endpoint given; use one such as http://10.0.0.1:49153");
  const { FleetReader } = await import("@flotilla/api/client");
  const reader = new FleetReader({ endpoints, requestTimeoutMs: flags.requestTimeoutMs });
  try {
    const [units, machines] = await Promise.all([reader.listUnits(signal), reader.listMachines(signal)]);
    return { units, machines };
  } finally {
    reader.close();
  }
}

type Row = { readonly action: string; readonly what: string; readonly state: string; readonly note: string };

const columns: Columns<Row> = {
  action: ({ action }) => action,
  what: ({ what }) => what,
  state: ({ state }) => state,
  note: ({ note }) => note,
};

function showSteps({ environment }: Context, { units, machines }: ImportSteps): void {
  const rows = [...units.map(unitRow), ...machines.map(machineRow)];
  writeListing(environment.stdout, rows, columns, { fields: "action,what,state,note", legend: true, output: "text" });
}

function unitRow({ unit, action, state, note }: UnitStep): Row {
  return { action, what: unit, state: state ?? "", note: note ?? "" };
}

function machineRow({ machine, action, metadata }: MachineStep): Row {
  const pairs = Object.entries(metadata)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  return { action, what: shortMachineID(machine), state: "", note: pairs + (machineNotes[action] ?? "") };
}

const machineNotes: Partial<Record<MachineStep["action"], string>> = {
  keep: " in the other cluster; this cluster has other values; add --replace to override",
  absent: " in the other cluster; the machine is not in this cluster",
};

/**
 * Performs the steps, and reports each refused one on stderr.
 *
 * @returns the number of refused steps.
 */
async function carryOut(
  context: Context,
  source: Source,
  steps: ImportSteps,
  { replace }: ImportCommandOptions,
): Promise<number> {
  const client = await context.client();
  const units = new Map(source.units.map((unit) => [unit.name, unit]));
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isApiError(error)) throw error;
      context.tell(`cannot import ${what}: ${error.message}`);
      return false;
    }
  };
  // Metadata first, so that units which need it are placed at once.
  const set = steps.machines.filter(({ action }) => action === "set");
  const machinesDone = await inParallel(set, ({ machine, metadata }) =>
    attempt(`metadata of machine ${machine}`, () =>
      client.editMachineMetadata(machine, { set: metadata }, context.signal),
    ),
  );
  const warnings = new GatheredWarnings();
  const unitsDone = await inParallel(steps.units.filter(isWritten), (step) =>
    attempt(step.unit, async () =>
      warnings.add(step.unit, await putUnit(context, step, units.get(step.unit), replace)),
    ),
  );
  warnings.tell(context);
  return [...machinesDone, ...unitsDone].filter((done) => !done).length;
}

function isWritten({ action }: UnitStep): boolean {
  return action === "create" || action === "replace" || action === "raise";
}

/** @returns the cluster's warnings. */
async function putUnit(
  context: Context,
  step: UnitStep,
  unit: FleetUnit | undefined,
  replace: boolean,
): Promise<readonly string[]> {
  const client = await context.client();
  const desired = step.state === undefined ? {} : { desiredState: step.state };
  const file = unit === undefined || step.action === "raise" ? {} : { file: fileOf(unit), replace };
  return (await client.putUnit(step.unit, { ...file, ...desired }, context.signal)).warnings;
}

function summary({ units, machines }: ImportSteps, failed: number, { dryRun }: ImportCommandOptions): string {
  const count = (...actions: readonly string[]): number =>
    [...units, ...machines].filter(({ action }) => actions.includes(action)).length;
  const parts = [
    `${count("create", "replace", "raise", "set")} to do`,
    `${count("same")} up to date`,
    `${count("keep", "absent")} skipped`,
    `${count("refuse")} refused`,
  ];
  if (dryRun) return `${parts.join(", ")}. Nothing was done (--dry-run).`;
  return `${parts.join(", ")}${failed > 0 ? `; ${failed} failed` : "; done"}. See fleetctl list-units.`;
}

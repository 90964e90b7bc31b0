import type { RunEntity } from "@flotilla/api/client";
import { InvalidArgumentError, Option } from "commander";
import { resolveKnownUnits } from "../arguments/known-units.ts";
import { MachineLegends } from "../cluster/machine-legends.ts";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { writeJson } from "../output/json.ts";
import { type Columns, writeListing } from "../output/listing.ts";
import { durationOf } from "../runs/duration.ts";
import { endOf } from "../runs/end-of-run.ts";
import { type Declare, examples, output } from "./declaration.ts";

interface RunsOptions {
  readonly lines: number;
  readonly legend: boolean;
  readonly output: "text" | "json";
}

interface Row extends RunEntity {
  readonly legend: string;
  readonly now: number;
}

export const declareRuns: Declare = (program, run) => {
  program
    .command("runs")
    .summary("show the last runs of a unit, and how they ended")
    .description(
      "Shows the last runs of a service, the latest first: when each began, how long it took, on which machine, and how it " +
        "ended. The runs are kept when the unit moves and when its machine is lost.",
    )
    .argument("<unit>", "the service")
    .addOption(
      new Option("-n, --lines <n>", "the last so many runs").default(10, "10").argParser((text) => {
        if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
        throw new InvalidArgumentError("Use a whole number from 1 to 999.");
      }),
    )
    .option("--no-legend", "do not print the header line")
    .addOption(output())
    .addHelpText("after", examples("fleetctl runs backup.service", "fleetctl runs backup@db1 -n 1 --output json"))
    .action((unit: string, options: RunsOptions) => run((context) => runs(context, unit, options)));
};

async function runs(context: Context, argument: string, options: RunsOptions): Promise<number> {
  const { signal, environment } = context;
  const client = await context.client();
  const { units } = await resolveKnownUnits(client, [argument], { templates: false, isForReading: true, signal });
  const [unit, ...others] = units;
  if (!unit || others.length > 0) throw new UsageError(`cannot use ${argument}: runs takes one unit`);
  const shown = (await client.listRuns(unit.name, signal)).slice(0, options.lines);
  if (options.output === "json") {
    writeJson(environment.stdout, shown);
    return exitCode.ok;
  }
  const machines = new MachineLegends(client, signal);
  const now = environment.clock.wall();
  const rows = shown.map(async (one): Promise<Row> => ({ ...one, now, legend: await machines.legend(one.machineID) }));
  writeListing(environment.stdout, await Promise.all(rows), columns, { ...options, fields: FIELDS });
  return exitCode.ok;
}

const columns: Columns<Row> = {
  start: ({ startedAt }) => startedAt.replace(/\.\d+Z$/, "Z"),
  duration: ({ startedAt, endedAt, now }) =>
    durationOf((endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(startedAt)),
  machine: ({ legend }) => legend,
  code: ({ exitCode: code }) => code?.toString() ?? "",
  result: endOf,
  invocation: ({ invocation }) => invocation,
};

const FIELDS = Object.keys(columns).join(",");

import type { UnitEntity } from "@flotilla/api/client";
import { type KnownUnitOrCopy, resolveUnitsOrCopies } from "../arguments/known-units-or-copies.ts";
import { isApiError, isRefusal } from "../cluster/api-refusal.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { Failures } from "../output/failures.ts";
import { writeJson } from "../output/json.ts";
import { reasonsOfTrouble } from "../output/unit-trouble.ts";
import { type Declare, examples, machine, output } from "./declaration.ts";

interface ShowOptions {
  readonly machine?: string;
  readonly property: readonly string[];
  readonly P: readonly string[];
  readonly value: boolean;
  readonly output: "text" | "json";
}

interface Property {
  readonly name: string;
  readonly value: string;
}

/** A unit, or its copy on one machine, with its properties. */
interface Shown {
  readonly unit: string;
  readonly machineID: string | undefined;
  readonly properties: readonly Property[];
}

export const declareShow: Declare = (program, run) => {
  program
    .command("show")
    .summary("show properties of units, for scripts")
    .description(
      "Shows what `systemctl show` prints about units on their machines, and the cluster's own properties of them: " +
        `${OWN.join(", ")}. A unit on several machines is shown once for each.`,
    )
    .argument("<unit...>", "unit names, patterns over unit names in the cluster, or UNIT@MACHINE")
    .option("-p, --property <names>", "only these properties, separated by commas; may be repeated", collect, [])
    .option("-P <names>", "the same as --value --property", collect, [])
    .option("--value", "print values without names", false)
    .addOption(machine())
    .addOption(output())
    .addHelpText(
      "after",
      examples(
        "fleetctl show redis.service -p Machine,ActiveState,MainPID",
        "fleetctl show -P DesiredState redis.service",
      ),
    )
    .action((units: string[], options: ShowOptions) => run((context) => show(context, units, options)));
};

/** The cluster's own properties; systemd has none of these names. */
const OWN = ["Machine", "DesiredState", "CurrentState", "Global", "Problem"] as const;

/** What systemctl shows for a unit that systemd does not have. */
const NOWHERE: readonly Property[] = [
  { name: "LoadState", value: "not-found" },
  { name: "ActiveState", value: "inactive" },
  { name: "SubState", value: "dead" },
];

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, ...text.split(",").filter((name) => name !== "")];
}

async function show(context: Context, args: readonly string[], options: ShowOptions): Promise<number> {
  const names = [...options.property, ...options.P];
  const bad = names.find((name) => !/^[A-Za-z][A-Za-z0-9]*$/.test(name));
  if (bad !== undefined)
    throw new UsageError(`cannot show property ${JSON.stringify(bad)}: systemd's names have letters and digits only`);
  const { signal } = context;
  const failures = new Failures(context);
  const found = await resolveUnitsOrCopies(await context.client(), args, {
    machine: options.machine,
    isForReading: true,
    onUnknown: failures.add,
    signal,
  });
  const shown = (await inParallel(found, (target) => shownOf(context, { target, names, failures }))).flat();
  const { stdout } = context.environment;
  const withValueOnly = options.value || options.P.length > 0;
  if (options.output === "json") writeJson(stdout, shown.map(jsonOf));
  else stdout.write(shown.map((one) => textOf(one, withValueOnly)).join("\n"));
  return failures.any ? exitCode.failed : exitCode.ok;
}

interface Question {
  readonly target: KnownUnitOrCopy;
  readonly names: readonly string[];
  readonly failures: Failures;
}

async function shownOf(context: Context, { target, names, failures }: Question): Promise<readonly Shown[]> {
  const { unit } = target;
  const isMeant = ({ name }: Property): boolean => names.length === 0 || names.includes(name);
  const of = (machineID: string | undefined, live: readonly Property[]): Shown => ({
    unit: unit.name,
    machineID,
    properties: [...ownOf(unit, machineID), ...live].filter(isMeant),
  });
  const client = await context.client();
  const ofSystemd = names.filter((name) => !OWN.some((own) => own === name));
  if (names.length > 0 && ofSystemd.length === 0) {
    const places = unit.machines.filter(({ leaving }) => !leaving).map(({ machineID }) => machineID);
    const meant = target.machine === undefined ? places : places.filter((id) => id === target.machine);
    return meant.length > 0 ? meant.map((id) => of(id, [])) : [of(undefined, [])];
  }
  try {
    const query = { machine: target.machine, properties: ofSystemd.join(",") };
    const results = await client.getUnitProperties(unit.name, query, context.signal);
    for (const { ok, message, machineID } of results)
      if (!ok) failures.add(`cannot show unit ${unit.name} on machine ${machineID}: ${message}`);
    return results.filter(({ ok }) => ok).map(({ machineID, properties }) => of(machineID, properties));
  } catch (error) {
    if (isRefusal(error, "not-placed")) return [of(undefined, NOWHERE)];
    if (!isApiError(error)) throw error;
    failures.add(`cannot show unit ${unit.name}: ${error.message}`);
    return [];
  }
}

function ownOf(unit: UnitEntity, machineID: string | undefined): readonly Property[] {
  const { desiredState, currentState, global, troubles = [], reasons = [] } = unit;
  const here = troubles.filter((trouble) => trouble.machineID === machineID);
  const problems = here.flatMap((trouble) => reasonsOfTrouble(trouble, reasons));
  const values: Readonly<Record<(typeof OWN)[number], string>> = {
    Machine: machineID ?? "",
    DesiredState: desiredState,
    CurrentState: currentState,
    Global: global ? "yes" : "no",
    Problem: problems.join("; ").replace(/\s/g, " "),
  };
  return OWN.map((name) => ({ name, value: values[name] }));
}

function textOf({ properties }: Shown, withValueOnly: boolean): string {
  return properties.map(({ name, value }) => `${withValueOnly ? "" : `${name}=`}${value}\n`).join("");
}

/** A property with several values becomes a list. */
function jsonOf({ unit, properties }: Shown): object {
  const values = new Map<string, string | string[]>();
  for (const { name, value } of properties) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : [before, value].flat());
  }
  return { unit, properties: Object.fromEntries(values) };
}

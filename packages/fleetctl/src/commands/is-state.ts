import { machinesNamed, type UnitEntity, type UnitStateEntity } from "@flotilla/api/client";
import { matchesGlob } from "@flotilla/unit";
import { parseUnitOrCopy } from "../arguments/unit-or-copy.ts";
import { isPattern } from "../arguments/unit-argument.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";

/** systemctl's questions for scripts, with its words and exit codes. */
export const declareIsState: Declare = (program, run) => {
  for (const { name, summary, description, others, isMeant } of QUESTIONS) {
    program
      .command(name)
      .summary(summary)
      .description(
        `${description} Prints one word for each unit. For a unit on several machines, the word is that of the copy that ` +
          "is furthest from running.",
      )
      .argument("<unit...>", "unit names, patterns over unit names in the cluster, or UNIT@MACHINE")
      .option("-q, --quiet", "print nothing", false)
      .addHelpText("after", examples(`fleetctl ${name} redis.service`, `fleetctl ${name} --quiet 'web@*'`))
      .action((units: string[], options: { readonly quiet: boolean }) =>
        run(async (context) => {
          const words = await wordsOf(context, units);
          if (!options.quiet) for (const word of words) context.print(word);
          return words.some(isMeant) ? exitCode.ok : others;
        }),
      );
  }
};

const QUESTIONS = [
  {
    name: "is-active",
    summary: "tell whether units are active",
    description: "Exits with 0 if at least one of the units is active, else with 3, as systemctl does.",
    others: exitCode.inactive,
    isMeant: (word: string) => word === "active" || word === "reloading",
  },
  {
    name: "is-failed",
    summary: "tell whether units have failed",
    description: "Exits with 0 if at least one of the units has failed, else with 1, as systemctl does.",
    others: exitCode.failed,
    isMeant: (word: string) => word === "failed",
  },
] as const;

/** systemd's words, the worst first. */
const WORST_FIRST = [
  "failed",
  "unknown",
  "inactive",
  "deactivating",
  "activating",
  "maintenance",
  "reloading",
  "active",
];

/** One word for each unit, in the order of the arguments; an unknown unit is inactive, as in systemctl. */
async function wordsOf(context: Context, args: readonly string[]): Promise<readonly string[]> {
  const client = await context.client();
  const { signal } = context;
  const targets = args.filter((argument) => !isPattern(argument)).map((argument) => parseUnitOrCopy(argument));
  const [named, ...listings] = await Promise.all([
    lookUpUnits(
      client,
      targets.map(({ unit }) => unit),
      signal,
    ),
    ...args.filter(isPattern).map((name) => client.listUnits({ name }, signal)),
  ]);
  const hasCopies = targets.some(({ machine }) => machine !== undefined);
  const present = hasCopies ? (await client.listMachines(signal)).items : [];
  // A machine that is away is still known by the beginning of its ID.
  const idsOf = (machine: string): readonly string[] => machinesNamed(present, machine).map(({ id }) => id);
  const matched = listings.flatMap(({ items }) => items);
  return args.flatMap((argument) => {
    if (isPattern(argument))
      return matched.filter(({ name }) => matchesGlob(argument, name)).map((unit) => wordOf(unit, () => true));
    const { unit, machine } = parseUnitOrCopy(argument);
    const ids = machine === undefined ? [] : idsOf(machine);
    const isMeant = (id: string): boolean => machine === undefined || ids.includes(id) || id.startsWith(machine);
    return [wordOf(named.units.get(unit), isMeant)];
  });
}

/** @param isMeant whether the copy on a machine is meant, by the machine's ID. */
function wordOf(unit: UnitEntity | undefined, isMeant: (machineID: string) => boolean): string {
  if (!unit) return "inactive";
  const states = unit.states.filter(({ machineID }) => isMeant(machineID));
  const places = unit.machines.filter(({ machineID, leaving }) => !leaving && isMeant(machineID));
  const byMachine = new Map(states.map((state) => [state.machineID, state]));
  // While the machine of a place is away, nobody knows the state; a copy that leaves may still run.
  const words =
    places.length > 0
      ? places.map(({ machineID }) => placeWord(byMachine.get(machineID), unit))
      : states.map(({ active }) => active);
  const worst = WORST_FIRST.find((word) => words.includes(word));
  return worst ?? words[0] ?? "inactive";
}

function placeWord(state: UnitStateEntity | undefined, { troubles = [] }: UnitEntity): string {
  if (state) return state.active;
  return troubles.some(({ kind }) => kind === "away") ? "unknown" : "inactive";
}

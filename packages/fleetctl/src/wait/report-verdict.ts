import type { UnitStateEntity } from "@flotilla/api/client";
import type { MachineBook } from "../cluster/machine-book.ts";
import type { Context } from "../context.ts";
import { journalOfStart } from "./journal-of-start.ts";
import type { Goal, Verdict } from "./verdict.ts";

/** fleet's word for where a unit is when the goal is reached. */
const STATE = { launched: "launched", loaded: "loaded", stopped: "loaded", inactive: "inactive" } as const;

export interface Report {
  /** For stdout, in fleet's words. */
  readonly results: readonly string[];
  /** For stderr. */
  readonly complaints: readonly string[];
}

/** Says in words how the waiting for a unit ended; reads its journal where that tells why it failed. */
export async function reportVerdict(
  context: Context,
  machines: MachineBook,
  unit: string,
  verdict: Verdict,
  { goal, verb }: { readonly goal: Goal; readonly verb: string },
): Promise<Report> {
  switch (verdict.kind) {
    case "reached":
      return { results: await Promise.all(reachedLines(machines, unit, goal, verdict.machines)), complaints: [] };
    case "failed":
      return { results: [], complaints: await failedLines(context, machines, verdict.state, verb) };
    case "unplaced":
      return { results: [], complaints: unplacedLines(unit, verdict.reasons, verb) };
    case "overridden":
      return { results: [], complaints: [overriddenLine(unit, verdict.desired)] };
    case "late":
      return { results: [], complaints: [lateLine(unit, goal)] };
    default:
      return verdict satisfies never;
  }
}

function reachedLines(
  machines: MachineBook,
  unit: string,
  goal: Goal,
  places: readonly string[],
): readonly Promise<string>[] {
  if (goal === "gone") return [Promise.resolve(`Destroyed ${unit}`)];
  if (places.length === 0) return [Promise.resolve(`Unit ${unit} inactive`)];
  return places.map(async (machine) => `Unit ${unit} ${STATE[goal]} on ${await machines.legend(machine)}`);
}

async function failedLines(
  context: Context,
  machines: MachineBook,
  state: UnitStateEntity,
  verb: string,
): Promise<readonly string[]> {
  const { name, machineID, active, sub, problem } = state;
  const where = await machines.legend(machineID);
  const why = problem === "" ? `it is ${active} (${sub})` : problem;
  // Without a file of the cluster's there, what is logged under this name is from a unit of that host's own.
  const journal = state.hash === "" ? [] : await journalOfStart(context, name, machineID);
  return [`Unit ${name} failed to ${verb} on ${where}: ${why}`, ...journal];
}

function unplacedLines(unit: string, reasons: readonly string[], verb: string): readonly string[] {
  return [
    `Unit ${unit} cannot be placed on any machine now:`,
    ...withoutHeading(unit, reasons).map((reason) => `  ${reason}`),
    `It stays wanted and will ${verb} as soon as a machine fits; \`fleetctl unload ${unit}\` takes that back.`,
  ];
}

/** The reasons without what an explanation may begin with, for where something else is above them. */
export function withoutHeading(unit: string, reasons: readonly string[]): readonly string[] {
  return reasons.filter((reason) => reason !== `${unit} cannot be placed`);
}

function overriddenLine(unit: string, desired: string | undefined): string {
  const what = desired === undefined ? "was destroyed" : `was set to ${desired}`;
  return `Unit ${unit} ${what} by somebody else meanwhile: no longer waiting for it.`;
}

/** fleet's words, which scripts look for. */
function lateLine(unit: string, goal: Goal): string {
  const state = goal === "gone" ? "gone" : STATE[goal];
  return `Error waiting for units: timed out waiting for unit ${unit} to report state ${state}`;
}

import type { UnitStateEntity } from "@flotilla/api/client";
import type { MachineLegends } from "../cluster/machine-legends.ts";
import type { Context } from "../context.ts";
import { journalOfStart } from "./journal-of-start.ts";
import type { Goal, Verdict } from "./verdict.ts";

/** fleet's words for a unit that has reached the goal. */
const STATE = { launched: "launched", loaded: "loaded", stopped: "loaded", inactive: "inactive" } as const;

export interface Report {
  /** Lines for stdout, in fleet's words. */
  readonly results: readonly string[];
  /** Lines for stderr. */
  readonly errors: readonly string[];
}

/** Describes how the wait for a unit ended, with its journal if the start failed. */
export async function reportVerdict(
  context: Context,
  machines: MachineLegends,
  unit: string,
  verdict: Verdict,
  { goal, verb }: { readonly goal: Goal; readonly verb: string },
): Promise<Report> {
  switch (verdict.kind) {
    case "reached":
      return { results: await Promise.all(reachedLines(machines, unit, goal, verdict.machines)), errors: [] };
    case "failed":
      return { results: [], errors: await failedLines(context, machines, verdict.state, verb) };
    case "unplaced":
      return { results: [], errors: unplacedLines(unit, verdict.reasons, verb) };
    case "overridden":
      return { results: [], errors: [overriddenLine(unit, verdict.desired)] };
    case "late":
      return { results: [], errors: [lateLine(unit, goal)] };
    default:
      return verdict satisfies never;
  }
}

function reachedLines(
  machines: MachineLegends,
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
  machines: MachineLegends,
  state: UnitStateEntity,
  verb: string,
): Promise<readonly string[]> {
  const { name, machineID, active, sub, problem } = state;
  const where = await machines.legend(machineID);
  const why = problem === "" ? `the unit is ${active} (${sub})` : problem;
  // Without a file of the cluster, the journal belongs to the host's own unit of this name.
  const journal = state.hash === "" ? [] : await journalOfStart(context, name, machineID);
  return [`cannot ${verb} unit ${name} on ${where}: ${why}`, ...journal];
}

function unplacedLines(unit: string, reasons: readonly string[], verb: string): readonly string[] {
  return [
    `cannot place unit ${unit} on any machine now:`,
    ...withoutHeading(unit, reasons).map((reason) => `  ${reason}`),
    `the cluster will ${verb} it as soon as a machine fits; \`fleetctl explain ${unit}\` names the machines, and ` +
      `\`fleetctl unload ${unit}\` cancels`,
  ];
}

/** The reasons without an explanation's heading, for a place with a heading of its own. */
export function withoutHeading(unit: string, reasons: readonly string[]): readonly string[] {
  return reasons.filter((reason) => reason !== `${unit} cannot be placed`);
}

function overriddenLine(unit: string, desired: string | undefined): string {
  const what = desired === undefined ? "destroyed it" : `set it to ${desired}`;
  return `no longer waiting for unit ${unit}: another client ${what} meanwhile`;
}

/** fleet's exact words, which scripts look for. */
function lateLine(unit: string, goal: Goal): string {
  const state = goal === "gone" ? "gone" : STATE[goal];
  return `Error waiting for units: timed out waiting for unit ${unit} to report state ${state}`;
}

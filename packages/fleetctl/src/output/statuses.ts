import type { AttemptEntity, UnitStatus } from "@flotilla/api/client";
import { MachineLegends } from "../cluster/machine-legends.ts";
import type { Context } from "../context.ts";
import type { Output } from "../environment.ts";
import { writeJson } from "./json.ts";

/** The output of `systemctl status` on a machine, with the cluster's knowledge. */
export interface ShownStatus extends UnitStatus {
  /** Why the unit's copy there differs from its desired state, in the words of `start`. */
  readonly problem?: string;
}

/** The statuses of one unit on its machines, or why there are none. */
export interface Answer {
  readonly name: string;
  readonly statuses: readonly ShownStatus[];
  /** The machines on which the unit kept failing. */
  readonly attempts: readonly AttemptEntity[];
  readonly problem?: { readonly code: number; readonly lines: readonly string[] };
}

/** What one cluster says of the units. */
export interface Shown {
  readonly answers: readonly Answer[];
  /** A line for each argument that names no unit. */
  readonly unknown: readonly string[];
  /** The text form of each answer; empty with --output json. */
  readonly texts: readonly string[];
}

/** The lines for stderr. */
export function complaintsOf({ answers, unknown }: Shown): readonly string[] {
  return [...answers.flatMap(({ problem }) => problem?.lines ?? []), ...unknown];
}

/** @param clusters with the name of the context if several clusters are shown. */
export function writeStatuses(
  stdout: Output,
  clusters: readonly { readonly cluster: string | undefined; readonly answer: Shown }[],
  format: "text" | "json",
): void {
  if (format === "json") {
    const items = clusters.flatMap(({ cluster, answer }) =>
      answer.answers.map(({ name, statuses, attempts, problem }) => ({
        ...(cluster !== undefined && { cluster }),
        name,
        statuses,
        attempts,
        ...(problem && { problem: problem.lines.map((line) => line.trim()) }),
      })),
    );
    writeJson(stdout, items);
    return;
  }
  // As in systemctl, blank lines separate the texts.
  const texts = clusters.flatMap(({ cluster, answer }) =>
    answer.texts.map((text, at) => (cluster !== undefined && at === 0 ? `Cluster ${cluster}:\n${text}` : text)),
  );
  stdout.write(texts.join("\n"));
}

/** The texts of the answers, each with the unit's machine. A copy of a unit with several is headed by its machine. */
export async function textsOf(context: Context, answers: readonly Answer[]): Promise<readonly string[]> {
  const machines = new MachineLegends(await context.client(), context.signal);
  const texts: string[] = [];
  for (const { statuses, attempts } of answers) {
    for (const { machineID, text, problem } of statuses) {
      const heading = statuses.length > 1 ? `On ${await machines.legend(machineID)}:\n` : "";
      // Placed and aligned like a line of systemctl.
      const last = problem === undefined || text.includes(problem) ? "" : `    Problem: ${problem}\n`;
      const own = statuses.length > 1 ? text : withMachine(text, await machines.named(machineID));
      texts.push(`${heading}${own.replace(/\n*$/, "")}\n${last}`);
    }
    if (attempts.length > 0) {
      const lines = attempts.map(
        async ({ at, machineID, reason }) => `  ${at} on ${await machines.legend(machineID)}: ${reason}\n`,
      );
      texts.push(`Failed attempts:\n${(await Promise.all(lines)).join("")}`);
    }
  }
  return texts;
}

/** Adds the machine to systemctl's lines about the unit, which end at the blank line before the journal. */
function withMachine(text: string, machine: string): string {
  const [about = "", ...rest] = text.replace(/\n*$/, "").split("\n\n");
  return [`${about}\n    Machine: ${machine}`, ...rest].join("\n\n");
}

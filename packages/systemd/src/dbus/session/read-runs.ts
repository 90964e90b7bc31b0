import type { ManagedUnit } from "../../port.ts";
import { unitObjectPath } from "./object-path.ts";
import { RUN_TIMES } from "./run-facts.ts";
import type { SystemdSession } from "./systemd-session.ts";
import { impliesSuccess } from "./unit-row.ts";
import type { UnitTable } from "./unit-table.ts";
import { unlessRefused } from "./unless-refused.ts";

/** A line of a unit file, read without a parse of the whole file. */
const ONESHOT = /^\s*Type\s*=\s*oneshot\s*$/m;

/**
 * Reads the last runs that signals have not shown, because nothing was connected: those of oneshots, and of services
 * that have failed or are starting. Of other services, only later runs are known.
 */
export async function readRuns(session: SystemdSession, units: UnitTable): Promise<void> {
  const due = [...units.units.values()].filter(mayHaveRun);
  await Promise.all(due.map(({ name }) => readRun(session, units, name)));
}

function mayHaveRun({ name, text, loadState, activeState }: ManagedUnit): boolean {
  if (!name.endsWith(".service") || loadState !== "loaded") return false;
  return ONESHOT.test(text) || !impliesSuccess(activeState);
}

async function readRun(session: SystemdSession, units: UnitTable, name: string): Promise<void> {
  const path = unitObjectPath(name);
  const before = units.units.get(name)?.run;
  const hex = (value: unknown): string => Buffer.from(value as Uint8Array).toString("hex");
  const invocation = await unlessRefused(session.property(path, "Unit", "InvocationID", hex));
  // systemd has just loaded the unit and knows of no run.
  if (invocation === undefined || invocation === "") return;
  const read = Object.entries(RUN_TIMES).map(async ([property, kind]) => {
    const value = await unlessRefused(session.property(path, kind, property, Number));
    return [property, value ?? 0] as const;
  });
  const values = Object.fromEntries(await Promise.all(read));
  // A signal has shown a later run meanwhile.
  if (units.units.get(name)?.run !== before) return;
  units.noteRun(name, { ...values, InvocationID: invocation });
}

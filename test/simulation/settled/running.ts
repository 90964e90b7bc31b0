import { digestText } from "@flotilla/unit";
import type { Host } from "../world/host.ts";
import type { StoredAssignment } from "../world/records.ts";
import type { World } from "../world/world.ts";
import { waits } from "./waits.ts";

/** systemd on each machine matches the assignments, and nothing else of the cluster is left there. */
export function running(world: World): string | undefined {
  const { machines, reading } = world;
  for (const { host, gone } of machines) {
    if (gone !== undefined) continue;
    const assignments = reading.assignmentsOn(host.options.machineID);
    for (const assignment of assignments) {
      // A leaving copy may be up or down, but it must not have a job: it may still be stopping.
      if (assignment.leaving && !host.systemd.units.get(assignment.unit)?.job) continue;
      if (assignment.leaving) return `the copy of ${assignment.unit} on ${host.options.name} has a job`;
      const wrong = wrongOn(host, assignment, waits(world, host, assignment));
      if (wrong !== undefined) return `${assignment.unit} on ${host.options.name}: ${wrong}`;
    }
    const left = leftOver(host, new Set(assignments.map(({ unit }) => unit)));
    if (left !== undefined) return `${host.options.name} has ${left} left over`;
  }
  return undefined;
}

function wrongOn(
  host: Host,
  { unit, digest, hash, desired, restart, since }: StoredAssignment,
  isToWait: boolean,
): string | undefined {
  const text = host.systemd.files.get(unit);
  if (text === undefined || digestText(text) !== digest) return "its file is missing or outdated";
  const state = host.systemd.units.get(unit);
  if (state && state.loadedText !== text) return "systemd has loaded an older file";
  const record = host.launches.all.get(unit);
  if (record?.digest !== digest) return "its launch record names another file";
  if (desired === "loaded") return record.phase === "loaded" ? undefined : `its launch record says ${record.phase}`;
  // Also of a unit that waits: the result of the job will be a new state.
  if (state?.job) return `it has a job (${state.job.type})`;
  if (isToWait) return undefined;
  if (record.since !== since) return "its launch record belongs to another assignment";
  if (record.phase !== "launched" || record.hash !== hash) return `its launch record says ${record.phase}`;
  if (record.restart !== restart) return "its launch record has another restart number";
  if (host.systemd.starts(unit) === 0) return "it was never started";
  if (state?.pause) return "systemd waits to restart it";
  const active = state?.activeState ?? "inactive";
  const shouldRun = !/^Type=oneshot$/m.test(text) && !host.isExcused(unit);
  return shouldRun && active !== "active" ? `it is ${active}` : undefined;
}

function leftOver(host: Host, assigned: ReadonlySet<string>): string | undefined {
  const places: readonly (readonly [string, Iterable<string>])[] = [
    ["the file", host.systemd.files.keys()],
    ["the launch record", host.launches.all.keys()],
    ["the enablement", host.systemd.enabled],
    ["the unit", [...host.systemd.units.keys()].filter((unit) => !host.ownUnits.has(unit) && canRun(host, unit))],
  ];
  for (const [what, units] of places) {
    for (const unit of units) if (!assigned.has(unit)) return `${what} of ${unit}`;
  }
  return undefined;
}

/** Whether the unit is up, or anyone could make systemd start it. */
function canRun({ systemd }: Host, name: string): boolean {
  const unit = systemd.units.get(name);
  if (!unit) return false;
  const isDown = unit.activeState === "inactive" && !unit.job;
  return !isDown || (unit.loadState === "loaded" && !unit.definition.neverStarts);
}

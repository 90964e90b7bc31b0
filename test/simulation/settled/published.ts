import type { UnitState } from "@flotilla/model";
import type { World } from "../world/world.ts";
import { waits } from "./waits.ts";

/** The states in the store match systemd on each machine. */
export function published(world: World): string | undefined {
  const { machines, ledger, reading } = world;
  for (const { host, daemon, gone } of machines) {
    if (gone !== undefined) continue;
    const { name, machineID } = host.options;
    const record = ledger.entries.get(`machine/${machineID}`);
    if (!daemon?.agent.agent.status.joined || !record) return `${name} is not in the cluster`;
    const claim = ledger.entries.get(`publisher/${machineID}`);
    if (!claim || claim.modRevision < record.modRevision) return `${name} has not claimed its states yet`;
    const prefix = `state/${machineID}/`;
    const states = new Map(
      ledger.under(prefix).map(({ key, value }) => [key.slice(prefix.length), JSON.parse(value) as UnitState]),
    );
    for (const assignment of reading.assignmentsOn(machineID)) {
      const { unit, hash, desired, leaving } = assignment;
      const state = states.get(unit);
      states.delete(unit);
      if (leaving) continue;
      const truth = host.systemd.units.get(unit) ?? { activeState: "inactive", subState: "dead" };
      if (!state) return `no state of ${unit} on ${name} is published`;
      if (state.active !== truth.activeState || state.sub !== truth.subState || state.load !== "loaded")
        return `${unit} on ${name} is published as ${state.load} ${state.active} ${state.sub}, but is ${truth.activeState}`;
      if (state.hash !== hash) return `${unit} on ${name} is published with another hash`;
      if (desired === "launched" && waits(world, host, assignment)) continue;
      if (state.launched !== (desired === "launched"))
        return `${unit} on ${name} is published as launched: ${state.launched}`;
    }
    for (const unit of states.keys())
      return `the published state of ${unit} on ${name} is outdated: the unit is not assigned there`;
  }
  return undefined;
}

import { type ClusterSnapshot, TROUBLE_KINDS, troublesOf } from "@flotilla/model";
import { Gauge, type Registry } from "prom-client";

/** What the metrics of units read. */
export type UnitsView = Pick<ClusterSnapshot, "units" | "assignments" | "states" | "machines">;

/** The most series of fleet_unit_state. Further units are counted only. */
export const MOST_UNIT_SERIES = 20_000;

/**
 * Registers the metrics of units, which are computed at each scrape.
 * @param view returns the cluster on the daemon that leads; undefined on others, so that each series exists once.
 */
export function measureUnits(registry: Registry, view: () => UnitsView | undefined): void {
  const state = new Gauge({
    name: "fleet_unit_state",
    help: "1 for the state that systemd reports of each unit on each machine; only from the daemon that leads.",
    labelNames: ["unit", "machine", "state"],
    registers: [registry],
    collect: (): void => {
      state.reset();
      for (const labels of seriesOf(view())) state.set(labels, 1);
    },
  });
  const troubled = new Gauge({
    name: "fleet_units_not_running",
    help: "Places at which a wanted unit does not run or is not loaded; only from the daemon that leads.",
    labelNames: ["why"],
    registers: [registry],
    collect: (): void => {
      troubled.reset();
      for (const [why, count] of troubleCounts(view())) troubled.set({ why }, count);
    },
  });
}

function* seriesOf(view: UnitsView | undefined): Generator<{ unit: string; machine: string; state: string }> {
  let count = 0;
  for (const states of view?.states.values() ?? []) {
    for (const { name, machineID, active } of states.values()) {
      if (view?.machines.has(machineID) !== true) continue;
      if (++count > MOST_UNIT_SERIES) return;
      yield { unit: name, machine: machineID, state: active };
    }
  }
}

function troubleCounts(view: UnitsView | undefined): ReadonlyMap<string, number> {
  if (!view) return new Map();
  const counts = new Map<string, number>(TROUBLE_KINDS.map((kind) => [kind, 0]));
  for (const unit of view.units.values())
    for (const { kind } of troublesOf(view, unit)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

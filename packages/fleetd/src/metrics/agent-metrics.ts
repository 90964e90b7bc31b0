import { Gauge, type Registry } from "prom-client";
import type { AgentView } from "./daemon-metrics.ts";

const shown = ["assigned", "present", "working", "failing"] as const;

/** The agent's counts, read when they are asked for. */
export function measureAgent(registry: Registry, version: string, view: () => AgentView | undefined): void {
  const registers = [registry];
  new Gauge({
    name: "fleet_build_info",
    help: "Always 1; the label says which version runs.",
    labelNames: ["version"],
    registers,
  }).set({ version }, 1);
  new Gauge({
    name: "fleet_agent_joined",
    help: "1 while this machine has its place in the cluster, else 0.",
    registers,
    collect() {
      this.set(view()?.joined === true ? 1 : 0);
    },
  });
  new Gauge({
    name: "fleet_agent_units",
    help: "Units of the cluster on this machine: assigned to it, present, being worked on, and not as they should be.",
    labelNames: ["state"],
    registers,
    collect() {
      const counts = view()?.counts;
      for (const state of shown) this.set({ state }, counts?.[state] ?? 0);
    },
  });
  new Gauge({
    name: "fleet_agent_unpublished_states",
    help: "Units of which the store has yet to be told the present state.",
    registers,
    collect() {
      this.set(view()?.counts.unpublished ?? 0);
    },
  });
}

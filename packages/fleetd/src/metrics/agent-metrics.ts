import type { AgentCounts } from "@flotilla/agent";
import { Gauge, type Registry } from "prom-client";

/** The agent's status for the metrics. */
export interface AgentView {
  readonly joined: boolean;
  readonly counts: AgentCounts;
}

const shown = ["assigned", "present", "working", "failing"] as const;

/** Registers the metrics of the version and of the agent, whose counts are read at each scrape. */
export function measureAgent(registry: Registry, version: string, view: () => AgentView | undefined): void {
  const build = new Gauge({
    name: "fleet_build_info",
    help: "Always 1; the label has the version of fleetd.",
    labelNames: ["version"],
    registers: [registry],
  });
  build.set({ version }, 1);
  const joined = new Gauge({
    name: "fleet_agent_joined",
    help: "1 while this machine is in the cluster, else 0.",
    registers: [registry],
    collect: (): void => joined.set(view()?.joined === true ? 1 : 0),
  });
  const units = new Gauge({
    name: "fleet_agent_units",
    help: "Units of the cluster on this machine: assigned, present, being worked on, and failing.",
    labelNames: ["state"],
    registers: [registry],
    collect: (): void => {
      const counts = view()?.counts;
      for (const state of shown) units.set({ state }, counts?.[state] ?? 0);
    },
  });
  const unpublished = new Gauge({
    name: "fleet_agent_unpublished_states",
    help: "Units whose current state is not in the store yet.",
    registers: [registry],
    collect: (): void => unpublished.set(view()?.counts.unpublished ?? 0),
  });
}

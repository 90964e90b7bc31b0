import type { AgentCounts } from "@flotilla/agent";
import { Gauge, type Registry } from "prom-client";

/** Where the agent stands, read whenever somebody asks for the metrics. */
export interface AgentView {
  readonly joined: boolean;
  readonly counts: AgentCounts;
}

const shown = ["assigned", "present", "working", "failing"] as const;

/** Which version runs, and the agent's counts, read when they are asked for. */
export function measureAgent(registry: Registry, version: string, view: () => AgentView | undefined): void {
  const build = new Gauge({
    name: "fleet_build_info",
    help: "Always 1; the label says which version runs.",
    labelNames: ["version"],
    registers: [registry],
  });
  build.set({ version }, 1);
  const joined = new Gauge({
    name: "fleet_agent_joined",
    help: "1 while this machine has its place in the cluster, else 0.",
    registers: [registry],
    collect: (): void => joined.set(view()?.joined === true ? 1 : 0),
  });
  const units = new Gauge({
    name: "fleet_agent_units",
    help: "Units of the cluster on this machine: assigned to it, present, being worked on, and not as they should be.",
    labelNames: ["state"],
    registers: [registry],
    collect: (): void => {
      const counts = view()?.counts;
      for (const state of shown) units.set({ state }, counts?.[state] ?? 0);
    },
  });
  const unpublished = new Gauge({
    name: "fleet_agent_unpublished_states",
    help: "Units of which the store has yet to be told the present state.",
    registers: [registry],
    collect: (): void => unpublished.set(view()?.counts.unpublished ?? 0),
  });
}

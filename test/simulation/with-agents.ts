import { GATEWAYS } from "./faults/gateways.ts";
import { drawAction, type Plan, weighted } from "./plan.ts";
import type { Random } from "./random.ts";

/** The greatest share of the steps that become faults between agents and servers. */
const MOST_FAULTS = 0.3;

/**
 * Draws which machines of a history are agents: none in a third of the histories, and otherwise some or most of them.
 * The first machine is always a server. In a history with agents, some steps become faults between agents and servers.
 * @param random must not be that of the plan, so that a history without agents does not depend on it.
 */
export function withAgents(plan: Plan, random: Random): Plan {
  const { machines } = plan;
  const kind = random.pick(["none", "some", "most"] as const);
  if (kind === "none") return plan;
  const most = kind === "most" ? Math.max(1, machines - 1 - random.below(2)) : Math.ceil(machines / 2) - 1;
  const count = Math.max(1, most);
  const agents = new Set<number>();
  while (agents.size < count) agents.add(1 + random.below(machines - 1));
  const faults = GATEWAYS.filter(() => random.chance(0.6)).map((action) => weighted(action, 3 * random.float()));
  const share = faults.length === 0 ? 0 : MOST_FAULTS * random.float();
  const steps = plan.steps.map((step) =>
    random.chance(share) ? { ...step, action: drawAction(faults, random) } : step,
  );
  return { ...plan, agents, steps };
}

import type { SimulatedApi } from "./clients/api.ts";
import { Clients } from "./clients/client.ts";
import { Intents } from "./clients/intents.ts";
import { letRivalSubmit } from "./clients/rival.ts";
import { letTriggersFireAtRemovals } from "./faults/triggers.ts";
import { allInvariants } from "./invariants/index.ts";
import { drawPlan } from "./plan.ts";
import { Random } from "./random.ts";
import { settle } from "./settled/settle.ts";
import { withAgents } from "./with-agents.ts";
import { type Violation, World } from "./world/world.ts";
import { FINE } from "./world/transport.ts";

/** Separates the random choices of agents from all others. */
const AGENTS = 0x5a17_c0de;

export interface RunOptions {
  readonly api: SimulatedApi;
  /** The numbers of the steps to take. Default: all steps. */
  readonly only?: readonly number[];
  /** Whether no machine is an agent, whatever the seed says. */
  readonly onlyServers?: boolean;
}

export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly history: readonly string[];
  /** The numbers of the steps that were taken. */
  readonly steps: readonly number[];
  /** Simulated time in milliseconds. */
  readonly simulatedMs: number;
}

/** Runs one history. The same seed with the same steps always gives the same history. */
export async function runSeed(seed: number, { api, only, onlyServers = false }: RunOptions): Promise<Outcome> {
  const random = new Random(seed);
  const drawn = drawPlan(random.fork());
  const plan = onlyServers ? drawn : withAgents(drawn, new Random(seed ^ AGENTS));
  const intents = new Intents();
  const world = new World({
    random: random.fork(),
    units: plan.units,
    flavour: plan.flavour,
    ttlMs: plan.ttlMs,
    invariants: allInvariants(intents),
    machines: Array.from({ length: plan.machines }, (_, index) => ({
      name: `m${index + 1}`,
      machineID: String(index + 1).repeat(32),
      isAgent: plan.agents.has(index),
      clockRate: plan.clockRates[index] ?? 1,
      metadata: index % 3 === 2 ? {} : { zone: index % 3 === 0 ? "a" : "b" },
    })),
  });
  const clients = new Clients({ world, api, intents });
  if (plan.rival) letRivalSubmit(world, clients, random.fork());
  if (plan.busyTriggers) letTriggersFireAtRemovals(world, random.fork());
  const steps: number[] = [];
  try {
    await world.pass(2_000);
    for (const [number, { action, seed, pauseMs }] of plan.steps.entries()) {
      if (world.violation) break;
      if (only?.includes(number) === false) continue;
      steps.push(number);
      world.tell(`step ${number}`, action.name);
      action.act({ world, clients }, new Random(seed));
      await world.pass(pauseMs);
    }
    calm(world);
    if (!world.violation) await settle({ world, clients });
  } finally {
    world.close();
  }
  const { violation, history, timeline } = world;
  return {
    seed,
    violation,
    get history() {
      return history.lines;
    },
    steps,
    simulatedMs: timeline.now,
  };
}

/** Ends all faults and starts everything that is down. */
function calm(world: World): void {
  world.tell("simulator", "no more faults");
  world.storeCondition = FINE;
  world.onAsked = undefined;
  for (const machine of world.machines) {
    const { host, daemon } = machine;
    machine.link = FINE;
    machine.front = FINE;
    machine.paths.clear();
    for (const unit of world.units) host.systemd.behave(unit, {});
    host.endHang();
    host.systemd.restoreBus();
    host.removeOwnUnits();
    for (const process of daemon?.processes() ?? []) process.disarm();
    if (machine.gone === undefined) world.switchOn(machine);
    else if (!machine.gone) world.remove(machine);
    machine.daemon?.thaw();
  }
}

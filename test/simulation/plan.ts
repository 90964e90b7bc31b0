import { DAEMONS } from "./faults/daemons.ts";
import { MACHINES } from "./faults/machines.ts";
import type { Action } from "./faults/action.ts";
import { OPERATORS, operatorSteps } from "./faults/operators.ts";
import { REQUESTS } from "./faults/requests.ts";
import { STORES } from "./faults/stores.ts";
import { SYSTEMDS } from "./faults/systemds.ts";
import { TRIGGER_EVENTS } from "./faults/triggers.ts";
import { EXCLUSIVE_TRIGGERS, EXCLUSIVE_UNITS, type Flavour, TRIGGERS, UNITS } from "./clients/unit-files.ts";
import { Random } from "./random.ts";

/** One step: an action, the seed of its random choices, and the pause after it. */
export interface Step {
  readonly action: Action;
  readonly seed: number;
  readonly pauseMs: number;
}

export interface Plan {
  /** Names of the units that all clients change. */
  readonly units: readonly string[];
  readonly flavour: Flavour;
  readonly machines: number;
  /** The machines that are agents, by their positions. The others are servers. */
  readonly agents: ReadonlySet<number>;
  /** The rate of each machine's clocks. The store's clock has rate 1. */
  readonly clockRates: readonly number[];
  readonly ttlMs: number;
  /** Whether a client submits files at the moment at which the engine deletes them. */
  readonly rival: boolean;
  /** Whether triggers fire during the removal of their units. */
  readonly busyTriggers: boolean;
  readonly steps: readonly Step[];
}

const FAULTS: readonly Action[] = [...DAEMONS, ...STORES, ...MACHINES, ...SYSTEMDS];

/**
 * In half of the histories, the clock rate of each machine differs from the store's by up to this fraction. Two
 * machines thus differ by at most a twentieth.
 */
const MOST_DRIFT = 0.024;

/** Faults after which the cluster may not know that a unit runs. */
const CUTTING_OFF = new Set(["partition", "freeze"]);

/**
 * Draws a history. Each history has only a few kinds of faults, with random weights. With all kinds at once, no
 * operation would get far enough to fail in an interesting way.
 */
export function drawPlan(random: Random): Plan {
  const machines = 2 + random.below(4);
  const ttlMs = random.pick([5_000, 10_000, 30_000]);
  const isExclusive = random.chance(0.35);
  const faults = FAULTS.filter((action) => random.chance(0.5) || (isExclusive && CUTTING_OFF.has(action.name))).map(
    (action) => weighted(action, 3 * random.float()),
  );
  const flavour = { triggers: random.chance(0.4), restarts: random.chance(0.4), wants: random.chance(0.4) };
  const usual = [...REQUESTS, ...(flavour.triggers ? TRIGGER_EVENTS : [])];
  const mixture = [...usual.map((action) => weighted(action, 0.5 + random.float())), ...faults];
  const drawn = Array.from({ length: 40 + random.below(90) }, () => ({
    action: drawAction(mixture, random),
    seed: random.below(2 ** 32),
    pauseMs: pause(random),
  }));
  const units = isExclusive ? [...EXCLUSIVE_UNITS, ...UNITS.slice(0, 3), "all.service"] : UNITS;
  const triggers = isExclusive ? EXCLUSIVE_TRIGGERS : TRIGGERS;
  const drift = random.chance(0.5) ? MOST_DRIFT : 0;
  const clockRates = Array.from({ length: machines }, () => 1 + drift * (2 * random.float() - 1));
  return {
    machines,
    agents: new Set(),
    clockRates,
    ttlMs,
    units: flavour.triggers ? [...units, ...triggers] : units,
    flavour,
    rival: random.chance(0.5),
    busyTriggers: flavour.triggers && random.chance(0.5),
    steps: withOperator(drawn),
  };
}

/**
 * In a third of the histories, an operator drains and cordons machines between the other steps. These steps are drawn
 * by themselves, so that the other steps are the same with and without an operator.
 */
function withOperator(steps: readonly Step[]): readonly Step[] {
  const random = new Random(steps.reduce((sum, { seed }) => (sum * 31 + seed) % 2 ** 32, 0));
  if (!random.chance(0.33)) return steps;
  const all = [...steps];
  for (let left = operatorSteps(random); left > 0; left--) {
    const step = { action: drawAction(OPERATORS, random), seed: random.below(2 ** 32), pauseMs: pause(random) };
    all.splice(random.below(all.length + 1), 0, step);
  }
  return all;
}

export function weighted(action: Action, by: number): Action {
  return { ...action, weight: action.weight * by };
}

export function drawAction(mixture: readonly Action[], random: Random): Action {
  let left = random.float() * mixture.reduce((sum, { weight }) => sum + weight, 0);
  for (const action of mixture) {
    left -= action.weight;
    if (left < 0) return action;
  }
  return random.pick(mixture);
}

/** Draws a pause. Most are so short that actions overlap; some are long enough for the cluster to settle. */
function pause(random: Random): number {
  switch (random.below(10)) {
    case 0:
    case 1:
      return 0;
    case 2:
    case 3:
    case 4:
      return random.between(1, 20);
    case 5:
    case 6:
    case 7:
      return random.between(20, 500);
    case 8:
      return random.between(500, 5_000);
    default:
      return random.between(2_000, 30_000);
  }
}

import type { Scene } from "../faults/action.ts";
import { MOST_SLOW_MS } from "../faults/stores.ts";
import type { World } from "../world/world.ts";
import { drains } from "./drains.ts";
import { moves } from "./moves.ts";
import { placed } from "./placed.ts";
import { published } from "./published.ts";
import { running } from "./running.ts";
import { runs } from "./runs.ts";
import { store } from "./store.ts";
import { watches } from "./watches.ts";

/**
 * The time that the cluster has after the last fault, in addition to two TTLs, in milliseconds. A stop that hangs takes
 * 20 s, and each pause after a failure 15 s, one after the other. Unused files are deleted once a minute.
 */
const LIMIT_MS = 240_000;
/** Longer than the period of all periodic work, in milliseconds. */
const SILENCE_MS = 70_000;

/** The conditions that must hold some time after the last fault. Each has its own file. */
const CHECKS: readonly ((world: World, silenceMs: number) => string | undefined)[] = [
  placed,
  running,
  published,
  runs,
  store,
  watches,
  moves,
  drains,
];

/** Checks, after the last fault, that the cluster reaches the desired state, and then writes nothing more. */
export async function settle({ world, clients }: Scene): Promise<void> {
  // A ping that could not be sent to systemd counts as unanswered after its time limit, a quarter of the TTL.
  await world.pass(Math.max(MOST_SLOW_MS, world.ttlMs / 4 + 1_000));
  const end = world.timeline.now + LIMIT_MS + 2 * world.ttlMs;
  // The checks must pass twice in a row: an event right before the first pass may not have taken effect yet.
  for (let holds = 0; holds < 2;) {
    await world.pass(1_000);
    if (world.violation) return;
    const wrong = clients.areWaiting ? "a request is not answered" : whatIsWrong(world, SILENCE_MS);
    holds = wrong === undefined ? holds + 1 : 0;
    if (wrong !== undefined && world.timeline.now >= end)
      return world.fail("the cluster reaches the desired state after the last fault", wrong);
  }
  const { revision } = world.ledger;
  world.tell("simulator", "the cluster has settled");
  for (let passed = 0; passed < SILENCE_MS; passed += 10_000) {
    await world.pass(10_000);
    if (world.violation) return;
    if (world.ledger.revision !== revision)
      return world.fail("a settled cluster writes nothing", `revision ${world.ledger.revision} after ${revision}`);
  }
  const wrong = whatIsWrong(world, 0);
  if (wrong !== undefined)
    world.fail("the cluster reaches the desired state after the last fault", `it was reached and then lost: ${wrong}`);
}

/** @param silenceMs how long nothing may be written from now on, in milliseconds. */
function whatIsWrong(world: World, silenceMs: number): string | undefined {
  for (const check of CHECKS) {
    const wrong = check(world, silenceMs);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

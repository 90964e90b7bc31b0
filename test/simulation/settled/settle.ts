import type { Scene } from "../faults/action.ts";
import { MOST_SLOW_MS } from "../faults/stores.ts";
import type { World } from "../world/world.ts";
import { moves } from "./moves.ts";
import { placed } from "./placed.ts";
import { published } from "./published.ts";
import { running } from "./running.ts";
import { store } from "./store.ts";

/**
 * How long the cluster has after the last fault, beside two leases' time, milliseconds: a stop that hangs takes 20 s
 * and pauses after failures 15 s, one after the other; stored files are cleared away once a minute.
 */
const BOUND_MS = 240_000;
/** Longer than anything periodic. */
const SILENCE_MS = 70_000;

/** What must come to hold once nothing goes wrong any more; one file each. */
const CHECKS: readonly ((world: World) => string | undefined)[] = [
  placed,
  running,
  published,
  store,
  (world) => moves(world, SILENCE_MS),
];

/** Faults are over: the cluster must come to rest as everybody wished, and then nothing more may be written. */
export async function settle({ world, clients }: Scene): Promise<void> {
  // A question to systemd that could not be asked counts as unanswered when its time, a quarter of the TTL, is up.
  await world.pass(Math.max(MOST_SLOW_MS, world.ttlMs / 4 + 1_000));
  const end = world.timeline.now + BOUND_MS + 2 * world.ttlMs;
  // Twice in a row: what somebody asked for a moment before the first may have been on its way still.
  for (let holds = 0; holds < 2;) {
    await world.pass(1_000);
    if (world.violation) return;
    const wrong = clients.areWaiting ? "a request is not answered" : whatIsWrong(world);
    holds = wrong === undefined ? holds + 1 : 0;
    if (wrong !== undefined && world.timeline.now >= end) return world.fail("all is as it should be in the end", wrong);
  }
  const { revision } = world.ledger;
  world.tell("simulator", "the cluster has settled");
  for (let passed = 0; passed < SILENCE_MS; passed += 10_000) {
    await world.pass(10_000);
    if (world.violation) return;
    if (world.ledger.revision !== revision)
      return world.fail("a cluster at rest writes nothing", `revision ${world.ledger.revision} after ${revision}`);
  }
  const wrong = whatIsWrong(world);
  if (wrong !== undefined) world.fail("all is as it should be in the end", `it did not stay so: ${wrong}`);
}

function whatIsWrong(world: World): string | undefined {
  for (const check of CHECKS) {
    const wrong = check(world);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

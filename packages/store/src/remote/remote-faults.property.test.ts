import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkUnavailableError } from "@flotilla/link";
import { isOutage } from "@flotilla/runtime";
import fc from "fast-check";
import { WatchRecorder } from "../contract/index.ts";
import { keyOf, type Lease, revisionOf, type Store, type WatchEvent } from "../port/index.ts";
import { withSharedWatches } from "../sharing/shared-watches.ts";
import { type CallName, STORE_PATH } from "./wire/calls.ts";
import { Gateway } from "./gateway.fixture.ts";

const TTL_MS = 20_000;
const OVER = new Error("over");
const [COUNTER, LEASED] = ["own/m1/counter", "own/m1/leased"];

type Step =
  | { readonly count: number }
  | { readonly write: string }
  | { readonly lose: "request" | "answer"; readonly of: CallName; readonly times: number }
  | { readonly stop: 0 | 1 }
  | { readonly start: 0 | 1 }
  | { readonly cut: true }
  | { readonly passMs: number };

const call = fc.constantFrom<CallName>("txn", "txn", "range", "watch", "lease/renew");
const server = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 4, arbitrary: fc.record({ write: fc.constantFrom("own/m1/a", "own/m1/b", "own/m2/a", "elsewhere") }) },
  {
    weight: 4,
    arbitrary: fc.record({ lose: fc.constantFrom("request", "answer"), of: call, times: fc.nat({ max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ stop: server }) },
  { weight: 2, arbitrary: fc.record({ start: server }) },
  { weight: 2, arbitrary: fc.constant({ cut: true } as const) },
  { weight: 4, arbitrary: fc.record({ passMs: fc.constantFrom(0, 10, 500, 3_000) }) },
);

test("whatever is lost on the way: no event lost or doubled, no write twice, no key gone before its holder knows", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
      const world = await World.start();
      for (const each of steps) await world.take(each);
      await world.end();
    }),
    { numRuns: 200 },
  );
});

/** How many of the next requests, or answers and lines, of each call are lost together with their session. */
class Losses {
  readonly #left = new Map<string, number>();

  plan(what: "request" | "answer", name: CallName, times: number): void {
    this.#left.set(`${what} ${STORE_PATH}${name}`, times);
  }

  planNone(): void {
    this.#left.clear();
  }

  async pass(what: "request" | "answer", path: string): Promise<void> {
    const left = this.#left.get(`${what} ${path}`) ?? 0;
    this.#left.set(`${what} ${path}`, left - 1);
    if (left > 0) throw new LinkUnavailableError("the connection was lost");
  }
}

class World {
  readonly #gateway: Gateway;
  readonly #events: WatchEvent[] = [];
  readonly #lease: Lease;
  readonly #agent: Store;
  readonly #seen: WatchRecorder;
  readonly #losses: Losses;
  readonly #counting: Promise<void>[] = [];
  readonly #following: Promise<void>;
  readonly #over = new AbortController();
  #counted = 0;
  #unknown = 0;

  private constructor(gateway: Gateway, agent: Store, lease: Lease, losses: Losses) {
    this.#gateway = gateway;
    this.#agent = agent;
    this.#lease = lease;
    this.#losses = losses;
    this.#seen = new WatchRecorder(agent, { prefix: "own/m1/", from: 2 });
    this.#following = this.#follow();
  }

  static async start(): Promise<World> {
    const limits = { events: 5, text: 1_000 };
    const gateway = new Gateway({
      share: (store, clock) =>
        withSharedWatches(store, { families: ["own/"], witness: "w", clock, random: () => 0.5, limits }),
    });
    const losses = new Losses();
    const agent = gateway.connect("m1", {
      before: ({ path }) => losses.pass("request", path),
      after: ({ path }) => losses.pass("answer", path),
    });
    const lease = await agent.grant(TTL_MS);
    await agent.txn({ onSuccess: [{ put: LEASED, value: "", lease: lease.id }] });
    return new World(gateway, agent, lease, losses);
  }

  async take(each: Step): Promise<void> {
    const { servers, store, clock } = this.#gateway;
    if ("count" in each) for (let left = each.count; left > 0; left -= 1) this.#counting.push(this.#count());
    else if ("write" in each) await store.txn({ onSuccess: [{ put: each.write, value: "" }] });
    else if ("lose" in each) this.#losses.plan(each.lose, each.of, each.times);
    else if ("stop" in each) servers[each.stop]?.stop("stopped");
    else if ("start" in each) servers[each.start]?.start();
    else if ("cut" in each) this.#gateway.cut("m1");
    else await clock.advance(each.passMs);
  }

  async end(): Promise<void> {
    const { servers, store, clock } = this.#gateway;
    for (const each of servers) each.start();
    this.#losses.planNone();
    for (let round = 0; round < 10; round += 1) await clock.advance(1_000);
    await Promise.all(this.#counting);
    const held = (await store.range({ prefix: LEASED, exact: true })).count === 1;
    assert.ok(held || this.#lease.lost.aborted, "the key has gone, and its holder does not know");
    const [entry] = (await store.range({ prefix: COUNTER, exact: true })).entries;
    const stored = Number(entry?.value ?? 0);
    assert.ok(stored >= this.#counted && stored <= this.#counted + this.#unknown);
    const lines = (events: readonly WatchEvent[]): string[] =>
      events.map((event) => `${keyOf(event)} ${revisionOf(event)}`);
    assert.deepEqual(lines(this.#seen.events), lines(this.#events));
    assert.equal(this.#seen.error, undefined);
    this.#over.abort(OVER);
    await assert.rejects(this.#following, OVER);
    this.#lease.release();
    await this.#agent.close();
    this.#gateway.close();
  }

  /** Follows the store itself, and checks that the holder of the lease learns of its end before anyone else. */
  async #follow(): Promise<void> {
    const request = { prefix: "own/m1/", from: 2 };
    for await (const { events } of this.#gateway.store.watch(request, this.#over.signal)) {
      this.#events.push(...events);
      if (events.some((event) => event.type === "delete")) assert.ok(this.#lease.lost.aborted);
    }
  }

  async #count(): Promise<void> {
    try {
      const [entry] = (await this.#agent.range({ prefix: COUNTER, exact: true })).entries;
      const { succeeded } = await this.#agent.txn({
        compare: [{ key: COUNTER, modRevision: entry?.modRevision ?? 0 }],
        onSuccess: [{ put: COUNTER, value: String(Number(entry?.value ?? 0) + 1) }],
      });
      if (succeeded) this.#counted += 1;
    } catch (error) {
      assert.ok(isOutage(error), String(error));
      this.#unknown += 1;
    }
  }
}

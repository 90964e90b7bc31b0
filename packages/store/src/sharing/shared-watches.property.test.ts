import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, messageOf } from "@flotilla/runtime";
import fc from "fast-check";
import { MemoryStore } from "../memory/index.ts";
import { keyOf, type Op, revisionOf, selects, type Store, type WatchEvent, type WatchRequest } from "../port/index.ts";
import { CompactedError, StoreUnavailableError } from "../port/store-error.ts";
import { withSharedWatches } from "./shared-watches.ts";

const key = fc
  .tuple(fc.constantFrom("a", "a", "a", "b"), fc.constantFrom("1", "2", "22"), fc.constantFrom("", "/x", "/y"))
  .map(([family, segment, rest]) => `${family}/${segment}${rest}`);

const selection = fc.oneof(
  fc.record({ prefix: key, exact: fc.boolean() }),
  fc.record({ prefix: fc.constantFrom("a/", "a/2", "a/1/", "a/2/", "b/", "") }),
);

type Step =
  | { readonly write: readonly { readonly key: string; readonly gone: boolean }[] }
  | { readonly join: Pick<WatchRequest, "prefix" | "exact">; readonly back: number; readonly isSlow: boolean }
  | { readonly read: number }
  | { readonly compact: number }
  | { readonly cuts: number }
  | { readonly passMs: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      write: fc.uniqueArray(fc.record({ key, gone: fc.boolean() }), {
        selector: (each) => each.key,
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ join: selection, back: fc.nat({ max: 12 }), isSlow: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ read: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ compact: fc.nat({ max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ cuts: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ passMs: fc.constantFrom(0, 0, 100, 61_000) }) },
);

test("every watch gets each event once and in order, whoever joins, lags, is cut off or compacted", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = new World();
      for (const each of steps) await world.take(each);
      await world.end();
    }),
    { numRuns: 400 },
  );
});

class World {
  readonly #clock = new ManualClock();
  readonly #events: WatchEvent[] = [];
  readonly #server = new MemoryStore({
    clock: this.#clock,
    onChange: ({ steps }) => this.#events.push(...steps.map(({ event }) => event)),
  });
  readonly #writer = this.#server.connect();
  readonly #readers: Reader[] = [];
  readonly #shared: Store;
  #compacted = 0;
  #cuts = 0;

  constructor() {
    const before = async ({ type }: { readonly type: string }): Promise<void> => {
      if (type !== "watch" || this.#cuts === 0) return;
      this.#cuts -= 1;
      throw new StoreUnavailableError("the connection was cut");
    };
    const limits = { events: 5, text: 1_000 };
    const options = { families: ["a/", "b/"], witness: "w", limits, clock: this.#clock, random: () => 0.5 };
    this.#shared = withSharedWatches(this.#server.connect({ faults: { before } }), options);
  }

  async take(step: Step): Promise<void> {
    if ("write" in step) {
      const onSuccess = step.write.map(({ key: each, gone }): Op =>
        gone ? { delete: each } : { put: each, value: "" },
      );
      await this.#writer.txn({ onSuccess });
    } else if ("join" in step) {
      const from = Math.max(1, (await this.#writer.revision()) + 1 - step.back);
      if (step.join.exact === true || step.join.prefix !== "" || from > 1)
        this.#readers.push(new Reader(this.#shared, { ...step.join, from }, step.isSlow));
    } else if ("read" in step) this.#readers[step.read % this.#readers.length]?.read();
    else if ("compact" in step) await this.#compact(step.compact);
    else if ("cuts" in step) this.#cuts += step.cuts;
    else await this.#clock.advance(step.passMs);
  }

  async end(): Promise<void> {
    for (let round = 0; round < 8; round += 1) {
      for (const reader of this.#readers) reader.read(true);
      await this.#clock.advance(5_000);
    }
    for (const reader of this.#readers) reader.check(this.#events, this.#compacted);
    await this.#shared.close();
    this.#server.close();
  }

  async #compact(back: number): Promise<void> {
    const revision = (await this.#writer.revision()) - back;
    if (revision <= this.#compacted) return;
    await this.#server.compact(revision);
    this.#compacted = revision;
  }
}

class Reader {
  readonly #request: WatchRequest;
  readonly #events: WatchEvent[] = [];
  #revision: number;
  #error: unknown;
  #isSlow: boolean;
  #mayRead = Promise.withResolvers<void>();

  constructor(store: Store, request: WatchRequest, isSlow: boolean) {
    this.#request = request;
    this.#revision = request.from - 1;
    this.#isSlow = isSlow;
    void this.#run(store);
  }

  /** Lets a slow reader take the next batch. */
  read(always = false): void {
    if (always) this.#isSlow = false;
    this.#mayRead.resolve();
    this.#mayRead = Promise.withResolvers();
  }

  check(all: readonly WatchEvent[], compacted: number): void {
    const { from } = this.#request;
    const expected = all.filter((event) => revisionOf(event) >= from && selects(this.#request, keyOf(event)));
    if (this.#error === undefined) return assert.deepEqual(this.#events, expected);
    assert.ok(this.#error instanceof CompactedError, messageOf(this.#error));
    assert.ok(compacted > this.#revision, `nothing after ${this.#revision} was compacted`);
    assert.deepEqual(this.#events, expected.slice(0, this.#events.length));
  }

  async #run(store: Store): Promise<void> {
    try {
      for await (const { events, revision } of store.watch(this.#request, new AbortController().signal)) {
        for (const event of events) assert.ok(revisionOf(event) > this.#revision && revisionOf(event) <= revision);
        assert.ok(revision >= this.#revision);
        this.#events.push(...events);
        this.#revision = revision;
        if (this.#isSlow) await this.#mayRead.promise;
      }
    } catch (error) {
      this.#error = error;
    }
  }
}

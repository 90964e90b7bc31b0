import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import fc from "fast-check";
import { WatchRecorder } from "../contract/index.ts";
import type { KeyValue, Op, RangeRequest } from "../port/index.ts";
import { MemoryStore } from "./memory-store.ts";

/** The simplest possible store: a copy of all entries for each revision. */
class Model {
  readonly states: ReadonlyMap<string, KeyValue>[] = [new Map(), new Map()];
  readonly events: string[] = [];

  get revision(): number {
    return this.states.length - 1;
  }

  write(ops: readonly Op[]): void {
    const state = new Map(this.states.at(-1));
    const revision = this.revision + 1;
    const before = this.events.length;
    const remove = (key: string): void => {
      if (state.delete(key)) this.events.push(`delete ${key} @${revision}`);
    };
    for (const op of ops) {
      if ("delete" in op) remove(op.delete);
      else if ("deletePrefix" in op)
        sorted(state.keys())
          .filter((key) => key.startsWith(op.deletePrefix))
          .forEach(remove);
      else {
        const createRevision = state.get(op.put)?.createRevision ?? revision;
        state.set(op.put, { key: op.put, value: op.value, createRevision, modRevision: revision });
        this.events.push(`put ${op.put}=${op.value} @${revision}`);
      }
    }
    if (this.events.length > before) this.states.push(state);
  }

  range({
    prefix,
    exact,
    after = "",
    limit = 1_000,
    revision = this.revision,
    changedSince = 0,
  }: RangeRequest): unknown {
    const state = this.states[revision] ?? new Map<string, KeyValue>();
    const all = sorted(state.keys()).filter((key) => (exact === true ? key === prefix : key.startsWith(prefix)));
    const wanted = all
      .filter((key) => after === "" || byBytes(key, after) > 0)
      .flatMap((key) => state.get(key) ?? [])
      .filter(({ modRevision }) => modRevision > changedSince);
    return { entries: wanted.slice(0, limit), more: wanted.length > limit, count: all.length, revision };
  }
}

const key = fc.stringMatching(/^[ab/\u{e000}\u{1f600}]{1,3}$/u);
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ put: key, value: fc.string({ maxLength: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ delete: key }) },
  { weight: 1, arbitrary: fc.record({ deletePrefix: key }) },
);
const write = fc.array(op, { minLength: 1, maxLength: 4 }).filter(isAllowed);
const question = fc.record(
  {
    prefix: fc.oneof(fc.constant(""), key),
    exact: fc.boolean(),
    after: key,
    limit: fc.integer({ min: 1, max: 5 }),
    revision: fc.nat(),
    changedSince: fc.nat({ max: 30 }),
  },
  { requiredKeys: ["prefix"] },
);

test("the memory store agrees with a simple model at every revision", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { maxLength: 25 }),
      fc.array(question, { maxLength: 25 }),
      fc.nat(),
      async (writes, questions, start) => {
        const server = new MemoryStore({ clock: new ManualClock() });
        const store = server.connect();
        const model = new Model();
        for (const ops of writes) {
          model.write(ops);
          const result = await store.txn({ onSuccess: ops });
          assert.deepEqual(result, { succeeded: true, revision: model.revision });
        }
        for (const { revision, ...rest } of questions) {
          if (rest.exact === true && rest.prefix === "") continue;
          const at = revision === undefined ? {} : { revision: 1 + (revision % model.revision) };
          const request: RangeRequest = { ...rest, ...at };
          assert.deepEqual(await store.range(request), model.range(request), JSON.stringify(request));
        }
        const from = 1 + (start % model.revision);
        const seen = new WatchRecorder(store, { prefix: "", from });
        await new Promise((resolve) => setImmediate(resolve));
        await seen.stop();
        assert.deepEqual(
          seen.lines,
          model.events.filter((line) => Number(line.split("@").at(-1)) >= from),
        );
      },
    ),
    { numRuns: 300 },
  );
});

/** True if the operations write no key twice, which every store refuses. */
function isAllowed(ops: readonly Op[]): boolean {
  const keys = ops.flatMap((each) => ("put" in each ? [each.put] : "delete" in each ? [each.delete] : []));
  const prefixes = ops.flatMap((each) => ("deletePrefix" in each ? [each.deletePrefix] : []));
  return new Set(keys).size === keys.length && !keys.some((each) => prefixes.some((prefix) => each.startsWith(prefix)));
}

function sorted(keys: Iterable<string>): string[] {
  return [...keys].sort(byBytes);
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

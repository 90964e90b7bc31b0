import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterEvent } from "@flotilla/model";
import { silentLogger } from "@flotilla/runtime";
import type { WatchEvent } from "@flotilla/store";
import { ClusterReplica } from "../cluster-replica.ts";
import { eventIDText, isAfter, parseEventID } from "./event-id.ts";
import { type EventFilter, selectEvents, selectFacts } from "./select-events.ts";

const event = (more: Partial<ClusterEvent> = {}): ClusterEvent => ({
  time: 5_000,
  kind: "placed",
  sentence: "because",
  ...more,
});

function put(key: string, value: unknown, revision: number): WatchEvent {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const entry = { key, value: text, createRevision: revision, modRevision: revision };
  return { type: "put", entry };
}

test("batches are in the order of their revisions, or of those that a copy kept", () => {
  const replica = new ClusterReplica(silentLogger);
  const changes = replica.apply(
    [
      put("event/m1/9", { events: [event()] }, 12),
      put("event/m2/1", { events: [event(), event()], revision: 7 }, 900),
      put("event/m3/5", { events: [event()] }, 10),
      put("engine/events", { revision: 4 }, 11),
    ],
    900,
  );
  assert.deepEqual(changes, [], "watch streams are not told");
  const { events } = replica.view;
  assert.deepEqual(
    events.batches.map(({ key, order, count }) => [key, order, count]),
    [
      ["event/m2/1", 7, 2],
      ["event/m3/5", 10, 1],
      ["event/m1/9", 12, 1],
    ],
  );
  assert.equal(events.floor, 4);
  replica.apply([{ type: "delete", key: "event/m3/5", modRevision: 901 }], 901);
  assert.equal(events.batches.length, 2);
});

test("what cannot be read is skipped and counted, and the others keep their IDs", () => {
  const replica = new ClusterReplica(silentLogger);
  const broken = [7, null, {}, event({ time: -1 }), event({ time: 1e300 }), { ...event(), unit: 3 }, event()];
  replica.apply(
    [
      put("event/m1/1", "{", 5),
      put("event/m1/2", { events: "x" }, 6),
      put("event/m1/3", { events: broken }, 7),
      put("engine/events", "nonsense", 8),
    ],
    8,
  );
  const { batches, floor } = replica.view.events;
  assert.deepEqual([batches.length, floor], [1, 0]);
  assert.deepEqual([...replica.view.unreadableKeys].toSorted(), [
    "engine/events",
    "event/m1/1",
    "event/m1/2",
    "event/m1/3",
  ]);
  const found = batches.flatMap((batch) => selectEvents(batch, {}));
  assert.deepEqual(
    found.map(({ id }) => eventIDText(id)),
    ["7-6"],
  );
  replica.apply([{ type: "delete", key: "event/m1/3", modRevision: 9 }], 9);
  assert.equal(replica.view.unreadableKeys.has("event/m1/3"), false);
});

test("events are chosen by unit, machine, kind and time, and after another one", () => {
  const replica = new ClusterReplica(silentLogger);
  const events = [
    event({ unit: "a.service", machine: "abc1", time: 1_000 }),
    event({ unit: "dev-x\\x2dy.mount", machine: "abc2", from: "def", time: 2_000, fact: "unit dev-x\\x2dy.mount 3" }),
    event({ kind: "failed", unit: "aa.service", time: 3_000 }),
  ];
  replica.apply([put("event/m1/1", { events }, 5)], 5);
  const [batch] = replica.view.events.batches;
  assert.ok(batch);
  const chosen = (filter: EventFilter, after?: string): string =>
    selectEvents(batch, filter, after === undefined ? undefined : parseEventID(after))
      .map(({ id: { index } }) => index)
      .join(" ");
  for (const [filter, after, expected] of [
    [{}, undefined, "0 1 2"],
    [{ unit: "a.service" }, undefined, "0"],
    [{ unit: "dev-x\\x2dy.mount" }, undefined, "1"],
    [{ unit: "b.service" }, undefined, ""],
    [{ machines: ["abc"] }, undefined, "0 1"],
    [{ machines: ["x", "def"] }, undefined, "1"],
    [{ kinds: ["failed", "moved"] }, undefined, "2"],
    [{ since: 2_000 }, undefined, "1 2"],
    [{ since: 3_001 }, undefined, ""],
    [{}, "4-9", "0 1 2"],
    [{}, "5-0", "1 2"],
    [{}, "5-2", ""],
  ] as const)
    assert.equal(chosen(filter, after), expected, JSON.stringify([filter, after]));
  const facts = selectFacts(batch, new Set(["unit dev-x\\x2dy.mount 3", "gone m1"]));
  assert.deepEqual(
    facts.map(({ id: { index } }) => index),
    [1],
  );
});

test("IDs are read back, compared by revision and place, and nothing else is an ID", () => {
  assert.deepEqual(parseEventID("12-3"), { order: 12, index: 3 });
  for (const text of ["", "12", "-1-2", "1-2-3", "1e3-1", "1-", "9".repeat(16) + "-1", " 1-1"])
    assert.equal(parseEventID(text), undefined, text);
  assert.ok(isAfter({ order: 10, index: 0 }, { order: 9, index: 7 }));
  assert.ok(isAfter({ order: 9, index: 8 }, { order: 9, index: 7 }));
  assert.ok(!isAfter({ order: 9, index: 7 }, { order: 9, index: 7 }));
});

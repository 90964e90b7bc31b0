import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import type { ClusterEvent } from "@flotilla/model";
import { linesOf } from "../../client/lines.ts";
import { eventLine, eventsAnswer, type EventLine, type EventsAnswer } from "../../contract/v2/events.ts";
import { MACHINE_A, MACHINE_B, open, type TestApi, testApi, until } from "../api.fixture.ts";
import { errorIn } from "./v2.fixture.ts";

const EVENTS = "/fleet/v2/events";

let number = 0;

/** Writes a batch of events, as a server does. @returns the IDs. */
async function write(api: TestApi, ...events: readonly Partial<ClusterEvent>[]): Promise<string[]> {
  const whole = events.map((event) => ({ time: 1_000, kind: "placed", sentence: "because", ...event }));
  const key = `event/${MACHINE_A}/${(number += 1)}`;
  const { revision } = await api.store.txn({ onSuccess: [{ put: key, value: JSON.stringify({ events: whole }) }] });
  return events.map((_, index) => `${revision}-${index}`);
}

async function list(api: TestApi, query = ""): Promise<EventsAnswer> {
  const { json, status, text } = await api.call("GET", EVENTS + query);
  assert.equal(status, 200, text);
  return eventsAnswer.parse(json);
}

const ids = ({ events }: EventsAnswer): string[] => events.map(({ id }) => id);

test("the newest events are returned, the oldest first, whole", async (t) => {
  const api = await testApi(t);
  assert.deepEqual((await list(api)).events, []);
  const [first] = await write(api, {
    unit: "a.service",
    machine: MACHINE_A,
    fact: "f",
    cause: "c",
    count: 3,
    first: 0,
  });
  const [second, third] = await write(api, {}, { kind: "of-a-later-version" });
  const all = await list(api);
  assert.deepEqual(ids(all), [first, second, third]);
  assert.deepEqual(all.events[0], {
    ...{ id: first, time: "1970-01-01T00:00:01.000Z", kind: "placed", unit: "a.service", machine: MACHINE_A },
    ...{ sentence: "because", fact: "f", cause: "c", count: 3, first: "1970-01-01T00:00:00.000Z" },
  });
  assert.equal(all.after, third);
  assert.deepEqual(ids(await list(api, "?limit=2")), [second, third]);
  assert.deepEqual(ids(await list(api, "?limit=1")), [third]);
});

test("events are chosen by unit, machine, kind and time", async (t) => {
  const api = await testApi(t);
  await api.put(`machine/${MACHINE_B}`, { id: MACHINE_B, primaryIP: "10.0.0.2", hostname: "web1.example.org" });
  const [a, b, c] = await write(
    api,
    { unit: "a.service", machine: MACHINE_A },
    { kind: "moved", unit: "b.service", machine: MACHINE_A, from: MACHINE_B, time: 2_000 },
    { kind: "machine-lost", machine: MACHINE_B, time: 3_000 },
  );
  for (const [query, expected] of [
    ["?unit=b.service", [b]],
    ["?unit=c.service", []],
    [`?machine=${MACHINE_A.slice(0, 5)}`, [a, b]],
    ["?machine=web1", [b, c]],
    ["?machine=10.0.0.2", [b, c]],
    ["?machine=nowhere", []],
    ["?kind=moved,machine-lost", [b, c]],
    ["?since=1970-01-01T00:00:02Z", [b, c]],
    ["?since=1970-01-01T00:00:02Z&kind=moved&unit=b.service", [b]],
  ] as const)
    assert.deepEqual(ids(await list(api, query)), expected, query);
  for (const query of ["?kind=nonsense", "?since=yesterday", "?after=12", "?limit=0", "?limit=10001", "?unit=", "?x=1"])
    assert.equal(errorIn(await api.call("GET", EVENTS + query)).id, "bad-query", query);
});

test("the causes of events are followed backwards, whichever server wrote them, and in a circle too", async (t) => {
  const api = await testApi(t);
  const [lost, other] = await write(
    api,
    { kind: "machine-lost", machine: MACHINE_B, fact: "gone b", cause: "switch" },
    { kind: "machine-lost", machine: MACHINE_A, fact: "gone a" },
  );
  const [moved] = await write(api, { kind: "moved", unit: "a.service", cause: "gone b" });
  const [act] = await write(api, { kind: "act", sentence: "ann cut the switch", fact: "switch", cause: "gone b" });
  assert.deepEqual(ids(await list(api, "?unit=a.service")), [moved]);
  assert.deepEqual(ids(await list(api, "?unit=a.service&causes=true")), [lost, moved, act]);
  assert.ok(other);
});

test("a reader pages through all events with after, and is told when some are gone", async (t) => {
  const api = await testApi(t);
  const all = [...(await write(api, {}, {}, {})), ...(await write(api, {})), ...(await write(api, {}, {}))];
  const read: string[] = [];
  for (let after = "0-0"; ;) {
    const page = await list(api, `?after=${after}&limit=2`);
    read.push(...ids(page));
    after = page.after;
    if (page.events.length < 2) break;
  }
  assert.deepEqual(read, all);
  const [floor = ""] = (all[3] ?? "").split("-");
  await api.put("engine/events", { revision: Number(floor) });
  await api.store.txn({ onSuccess: [{ delete: `event/${MACHINE_A}/${number - 2}` }] });
  const gone = await api.call("GET", `${EVENTS}?after=${all[0]}`);
  assert.deepEqual([gone.status, errorIn(gone).id], [410, "compacted"]);
  assert.equal((await api.call("GET", `${EVENTS}/watch?after=${all[0]}`)).status, 410);
  assert.deepEqual(ids(await list(api, `?after=${all[3]}`)), all.slice(4), "nothing after it was deleted");
  assert.equal((await api.call("GET", `${EVENTS}?after=999999-0`)).status, 410, "a store that was replaced");
});

async function watching(api: TestApi, query = "") {
  const answer: IncomingMessage = await open(api.tcp, { method: "GET", path: `${EVENTS}/watch${query}`, agent: false });
  assert.equal(answer.statusCode, 200);
  const lines = linesOf(answer);
  const next = async (): Promise<EventLine | undefined> => {
    const line = await lines.next();
    return line.done ? undefined : eventLine.parse(JSON.parse(line.value));
  };
  const nextID = async (): Promise<string> => {
    const line = await next();
    assert.equal(line?.kind, "event", JSON.stringify(line));
    return line?.kind === "event" ? line.event.id : "";
  };
  return { answer, next, nextID };
}

test("a stream shows events as they are written, each once, and another one resumes where it ended", async (t) => {
  const api = await testApi(t);
  await write(api, { sentence: "before the stream" });
  const stream = await watching(api);
  assert.equal(stream.answer.headers["content-type"], "application/x-ndjson");
  assert.equal((await stream.next())?.kind, "progress");
  const [first, second] = await write(api, {}, {});
  assert.deepEqual([await stream.nextID(), await stream.nextID()], [first, second]);
  // A change of something else.
  await api.put(`machine/${MACHINE_A}`, { id: MACHINE_A, primaryIP: "10.0.0.1" });
  const [third] = await write(api, {});
  assert.equal(await stream.nextID(), third);
  stream.answer.destroy();
  const [fourth] = await write(api, {});
  const resumed = await watching(api, `?after=${second}`);
  const progress = await resumed.next();
  assert.deepEqual(progress, { kind: "progress", after: second });
  assert.deepEqual([await resumed.nextID(), await resumed.nextID()], [third, fourth]);
  await api.clock.advance(15_000);
  assert.deepEqual(await resumed.next(), { kind: "progress", after: fourth });
});

test("a stream of one unit goes on from events of others, and from deleted ones that it has seen", async (t) => {
  const api = await testApi(t);
  const stream = await watching(api, "?unit=a.service&kind=placed");
  await stream.next();
  const [other = ""] = await write(api, { unit: "b.service" });
  await api.put("engine/events", { revision: Number(other.split("-")[0]) });
  await write(api, { unit: "a.service", kind: "moved" });
  const [own] = await write(api, { unit: "a.service" });
  assert.equal(await stream.nextID(), own);
});

test("a stream whose reader misses deleted events ends with the reason", async (t) => {
  const api = await testApi(t);
  const stream = await watching(api);
  await stream.next();
  const at = await api.store.revision();
  // Both at once: the reader cannot have seen what was deleted.
  await api.store.txn({ onSuccess: [{ put: "engine/events", value: JSON.stringify({ revision: at + 1 }) }] });
  const last = await stream.next();
  assert.equal(last?.kind === "error" && last.error.id, "compacted");
});

test("streams end when the daemon stops, and their number is limited", async (t) => {
  const api = await testApi(t);
  const stream = await watching(api);
  await stream.next();
  void api.close();
  const last = await stream.next();
  assert.equal(last?.kind === "error" && last.error.id, "unavailable");
  assert.equal(await stream.next(), undefined);
});

test("events are not lost while the live copy is listed again", async (t) => {
  const api = await testApi(t);
  const stream = await watching(api);
  await stream.next();
  const written = [];
  for (let count = 0; count < 20; count += 1) written.push(...(await write(api, {})));
  const seen: string[] = [];
  while (seen.length < written.length) seen.push(await stream.nextID());
  assert.deepEqual(seen, written);
  await until(() => api.feed.events.batches.length === 20);
});

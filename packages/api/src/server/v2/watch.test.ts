import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { ClusterFeed } from "@flotilla/registry";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { linesOf } from "../../client/lines.ts";
import type { WatchLine } from "../../contract/v2/watch-event.ts";
import { MACHINE_A, open, type TestApi, testApi, until } from "../api.fixture.ts";
import type { ClusterSource } from "../ports.ts";

const FILE = "[Service]\nExecStart=/bin/sleep 1000\n";
const WATCH = "/fleet/v2/watch";

interface Watching {
  readonly answer: IncomingMessage;
  next(): Promise<WatchLine | undefined>;
}

async function watching(api: TestApi, query = ""): Promise<Watching> {
  const answer = await open(api.tcp, { method: "GET", path: WATCH + query, agent: false });
  assert.equal(answer.statusCode, 200);
  const lines = linesOf(answer);
  return {
    answer,
    next: async () => {
      const line = await lines.next();
      return line.done ? undefined : (JSON.parse(line.value) as WatchLine);
    },
  };
}

function submit(api: TestApi, name: string): Promise<number> {
  return api.units.edit(name, () => ({ action: "write", text: FILE, desired: "launched" }));
}

test("a watch from a revision shows all later changes in order, in the contract's form", async (t) => {
  const api = await testApi(t);
  const first = await submit(api, "a.service");
  const { hash, digest } = (await api.units.get("a.service")) ?? assert.fail();
  await api.put(`machine/${MACHINE_A}`, { id: MACHINE_A, primaryIP: "10.0.0.1" });
  await api.put(`assignment/${MACHINE_A}/a.service`, { digest, hash, desired: "launched" });
  const stream = await watching(api, `?from=${first}`);
  assert.equal(stream.answer.headers["content-type"], "application/x-ndjson");
  await api.put(`state/${MACHINE_A}/a.service`, {
    hash,
    load: "loaded",
    active: "active",
    sub: "running",
    launched: true,
  });
  await api.put("engine/leader", { machineID: MACHINE_A });
  await api.units.edit("a.service", () => ({ action: "destroy" }));
  const state = {
    name: "a.service",
    machineID: MACHINE_A,
    hash,
    load: "loaded",
    active: "active",
    sub: "running",
    launched: true,
    gaveUp: false,
    restarted: 0,
    secrets: 0,
    cleared: 0,
    problem: "",
  };
  const machine = {
    id: MACHINE_A,
    primaryIP: "10.0.0.1",
    metadata: {},
    version: "",
    capacity: { cpus: 0, memoryBytes: 0 },
    self: true,
  };
  const expected = [
    { revision: first - 1, kind: "progress" },
    {
      revision: first,
      kind: "unit",
      unit: "a.service",
      value: { name: "a.service", hash, desiredState: "launched", restart: 0, global: false },
    },
    { revision: first + 1, kind: "machine", machineID: MACHINE_A, value: machine },
    {
      revision: first + 2,
      kind: "assignment",
      unit: "a.service",
      machineID: MACHINE_A,
      value: { desired: "launched", leaving: false, since: first + 2, hash },
    },
    { revision: first + 3, kind: "state", unit: "a.service", machineID: MACHINE_A, value: state },
    { revision: first + 4, kind: "leader", value: MACHINE_A },
    { revision: first + 5, kind: "unit", unit: "a.service" },
  ];
  for (const event of expected) assert.deepEqual(await stream.next(), event);
  stream.answer.destroy();
});

test("a watch without a revision begins now, and shows progress events", async (t) => {
  const api = await testApi(t);
  const before = await submit(api, "a.service");
  const stream = await watching(api);
  assert.deepEqual(await stream.next(), { revision: before, kind: "progress" });
  const after = await submit(api, "b.service");
  assert.equal((await stream.next())?.kind, "unit");
  await api.clock.advance(15_000);
  assert.deepEqual(await stream.next(), { revision: after, kind: "progress" });
  stream.answer.destroy();
});

test("a watch from the client's own write works on a daemon without a live copy", async (t) => {
  const stop = new AbortController();
  t.after(() => stop.abort());
  let feed: ClusterFeed | undefined;
  const cluster: ClusterSource = {
    with: (use) => {
      if (!feed) {
        feed = new ClusterFeed({ store: api.store, clock: systemClock, random: () => 0.5, log: silentLogger });
        void feed.run(stop.signal);
      }
      return use(feed);
    },
  };
  const api = await testApi(t, { cluster });
  const put = await api.call("PUT", "/fleet/v2/units/a.service", { body: { file: FILE } });
  const revision = Number(put.headers["fleet-revision"]);
  const stream = await watching(api, `?from=${revision}`);
  await stream.next();
  const event = await stream.next();
  assert.deepEqual([event?.kind, event?.kind === "unit" && event.revision], ["unit", revision]);
  stream.answer.destroy();
});

test("a revision that is no longer held: 410", async (t) => {
  const api = await testApi(t, { historyLimit: 5 });
  for (let n = 0; n < 20; n++) await submit(api, `u${n}.service`);
  const reply = await api.call("GET", `${WATCH}?from=1`);
  assert.equal(reply.status, 410);
  assert.equal((reply.json as { error: { id: string } }).error.id, "compacted");
});

test("a revision that the store has not reached belongs to an earlier store: 410", async (t) => {
  const api = await testApi(t);
  const last = await submit(api, "a.service");
  const next = await watching(api, `?from=${last + 1}`);
  next.answer.destroy();
  const answer = await open(api.tcp, { method: "GET", path: `${WATCH}?from=${last + 2}`, agent: false });
  assert.equal(answer.statusCode, 410);
  assert.match(Buffer.concat(await answer.toArray()).toString("utf8"), /"id":"compacted"/);
});

test("a closing daemon says so on the last line, and still answers other requests", async (t) => {
  const api = await testApi(t);
  const stream = await watching(api);
  await stream.next();
  await api.close();
  const last = await stream.next();
  assert.equal(last?.kind, "error");
  assert.equal(last?.kind === "error" && last.error.id, "unavailable");
  assert.equal(await stream.next(), undefined);
  assert.equal((await api.call("GET", "/fleet/v2/units")).status, 200);
});

test("a reader that reads nothing is disconnected, and finds the reason when it reads", async (t) => {
  const api = await testApi(t);
  const socket = connect(api.unix.socketPath);
  socket.write(`GET ${WATCH} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await new Promise((resolve) => socket.once("readable", resolve));
  // More than the kernel's buffers hold, so that the stream waits; each change smaller than Node's write buffer.
  const problem = "p".repeat(4 * 1024);
  for (let n = 0; n < 400; n++)
    await api.put(`state/${MACHINE_A}/${n}.service`, { hash: "", load: "", active: "", sub: "", problem });
  await until(() => api.feed.view.states.size === 400);
  await api.clock.advance(31_000);
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  await until(() => Buffer.concat(received).toString("latin1").endsWith("\r\n0\r\n\r\n"));
  assert.match(
    Buffer.concat(received).subarray(-400).toString("utf8"),
    /"kind":"error","error":\{"code":503,"id":"slow-reader"/,
  );
  socket.destroy();
});

test("many streams share the serialised changes", async (t) => {
  const api = await testApi(t);
  const streams = await Promise.all(Array.from({ length: 200 }, () => watching(api)));
  await Promise.all(streams.map((stream) => stream.next()));
  const revision = await submit(api, "a.service");
  for (const event of await Promise.all(streams.map((stream) => stream.next())))
    assert.equal(event?.kind === "unit" && event.revision, revision);
  for (const { answer } of streams) answer.destroy();
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogFields, silentLogger } from "@flotilla/runtime";
import type { KeyValue, WatchEvent } from "@flotilla/store";
import { digestText } from "@flotilla/unit";
import { ClusterReplica } from "./cluster-replica.ts";
import { HELLO } from "./memory-cluster.fixture.ts";

function put(key: string, value: unknown, revision: number): WatchEvent {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const entry: KeyValue = { key, value: text, createRevision: revision, modRevision: revision, lease: "1" };
  return { type: "put", entry };
}

const digest = digestText(HELLO);
const machine = { id: "m1", primaryIP: "10.0.0.1", metadata: { region: "us", disk: "ssd" } };

test("a unit may precede its file within one transaction", () => {
  const replica = new ClusterReplica(silentLogger);
  const changes = replica.apply(
    [put("unit/a.service", { digest, hash: "h", desired: "launched" }, 5), put(`file/${digest}`, HELLO, 5)],
    5,
  );
  assert.equal(changes.length, 1);
  assert.equal(replica.view.units.get("a.service")?.file.text, HELLO);
  assert.equal(replica.view.units.get("a.service")?.revision, 5);
});

test("a file that is deleted and submitted again within one batch is present", () => {
  const replica = new ClusterReplica(silentLogger);
  const unit = put("unit/a.service", { digest, hash: "h", desired: "loaded" }, 3);
  replica.apply([put(`file/${digest}`, HELLO, 1)], 1);
  replica.apply([{ type: "delete", key: `file/${digest}`, modRevision: 2 }, put(`file/${digest}`, HELLO, 3), unit], 3);
  assert.equal(replica.view.files.get(digest)?.revision, 3);
  replica.apply([put("unit/a.service", { digest, hash: "h", desired: "launched" }, 4)], 4);
  assert.equal(replica.view.units.get("a.service")?.desired, "launched");
  replica.apply([put(`file/${digest}`, HELLO, 5), { type: "delete", key: `file/${digest}`, modRevision: 6 }], 6);
  assert.equal(replica.view.files.size, 0);
});

test("unreadable keys are ignored and block nothing", () => {
  const replica = new ClusterReplica(silentLogger);
  replica.apply(
    [
      put("unit/a.service", "{", 1),
      put("unit/b.service", { digest: "unknown", hash: "h", desired: "launched" }, 1),
      put("machine/m1", { id: 5 }, 1),
      put("something/else", "x", 1),
      put("unit/c.service", { digest, hash: "h", desired: "loaded" }, 1),
      put(`file/${digest}`, HELLO, 1),
    ],
    1,
  );
  assert.deepEqual([...replica.view.units.keys()], ["c.service"]);
  assert.equal(replica.view.machines.size, 0);
});

test("settings override a machine's own metadata and outlive its record", () => {
  const replica = new ClusterReplica(silentLogger);
  replica.apply([put("machine-settings/m1", { metadata: { region: "eu", disk: null } }, 1)], 1);
  assert.equal(replica.view.machines.size, 0, "settings make no machine");
  replica.apply([put("machine/m1", machine, 2)], 2);
  assert.deepEqual(replica.view.machines.get("m1")?.metadata, { region: "eu" });
  assert.equal(replica.view.machines.get("m1")?.joined, 2);
  const changes = replica.apply([{ type: "delete", key: "machine-settings/m1", modRevision: 3 }], 3);
  assert.equal(changes[0]?.kind, "machine");
  assert.deepEqual(replica.view.machines.get("m1")?.metadata, machine.metadata);
});

test("assignments are found by unit and by machine, and leave no empty maps", () => {
  const replica = new ClusterReplica(silentLogger);
  replica.apply([put("assignment/m1/a.service", { digest, hash: "h", desired: "launched" }, 1)], 1);
  assert.equal(replica.view.assignments.get("a.service")?.get("m1")?.since, 1);
  assert.equal(replica.view.assignmentsOn.get("m1")?.get("a.service")?.leaving, false);
  replica.apply([{ type: "delete", key: "assignment/m1/a.service", modRevision: 2 }], 2);
  assert.equal(replica.view.assignments.size, 0);
  assert.equal(replica.view.assignmentsOn.size, 0);
});

test("the attendance, the end of a hold, and machines that leave", () => {
  const replica = new ClusterReplica(silentLogger);
  const events = [
    put("roll/m1", { is: "present" }, 1),
    put("roll/m2", { is: "away", held: true }, 1),
    put("engine/roll", { hold: { since: 7, of: 2 } }, 1),
    put("hold/release", { since: 6 }, 2),
  ];
  const hold = { since: 7, machines: ["m2"], of: 2 };
  assert.deepEqual(replica.apply(events, 2), [{ kind: "hold", revision: 2, value: hold }]);
  assert.deepEqual(replica.view.attendance, { present: ["m1"], missing: [], hold, awaited: undefined });
  assert.equal(replica.view.released, 6);
  replica.apply([put("departure/m1", "", 3)], 3);
  assert.deepEqual([...replica.view.departed], ["m1"]);
  replica.apply([{ type: "delete", key: "departure/m1", modRevision: 4 }], 4);
  assert.equal(replica.view.departed.size, 0);
});

test("a malformed key has no effect, is reported once, and is counted until it is deleted", () => {
  const lines: LogFields[] = [];
  const replica = new ClusterReplica({ ...silentLogger, error: (_, fields = {}) => lines.push(fields) });
  const assigned = { digest, hash: "h", desired: "launched" };
  const strays = ["assignment/m1/ok.service/x", "unit/ok.service/x", "machine/m1/x", "machine-settings/m1/x"];
  const events = strays.map((key) => put(key, key.startsWith("machine/") ? machine : assigned, 2));
  replica.apply([put("assignment/m1/ok.service", assigned, 1), ...events], 2);
  replica.apply([{ type: "delete", key: "assignment/m1/ok.service", modRevision: 3 }, ...events], 3);
  assert.deepEqual(
    [replica.view.assignments.size, replica.view.units.size, replica.view.machines.size, replica.view.settings.size],
    [0, 0, 0, 0],
  );
  assert.deepEqual(
    lines.map(({ key }) => key),
    strays,
  );
  assert.deepEqual([...replica.view.unreadableKeys], strays);
  replica.apply(
    strays.map((key) => ({ type: "delete", key, modRevision: 4 })),
    4,
  );
  assert.equal(replica.view.unreadableKeys.size, 0);
});

test("a unit whose stored file has another digest is unreadable", () => {
  const replica = new ClusterReplica(silentLogger);
  const unit = put("unit/a.service", { digest, hash: "h", desired: "launched" }, 1);
  replica.apply([unit, put(`file/${digest}`, HELLO.replace("1000", "1"), 1)], 1);
  assert.deepEqual([...replica.view.unreadable], ["a.service"]);
  replica.apply([put(`file/${digest}`, HELLO, 2), unit], 2);
  assert.deepEqual([...replica.view.unreadable], []);
  assert.equal(replica.view.unreadableKeys.size, 0);
});

test("a unit whose file exceeds a later limit is unreadable, and the log names the limit", () => {
  const logged: LogFields[] = [];
  const replica = new ClusterReplica({ ...silentLogger, error: (_, fields) => void logged.push(fields ?? {}) });
  const text = `${HELLO}[X-Fleet]\n${Array.from({ length: 33 }, (_, index) => `MachineOf=u${index}.service\n`).join("")}`;
  const record = { digest: digestText(text), hash: "h", desired: "launched" };
  replica.apply([put(`file/${record.digest}`, text, 1), put("unit/a.service", record, 1)], 1);
  assert.deepEqual([...replica.view.unreadable], ["a.service"]);
  assert.ok(logged.some(({ unit, error }) => unit === "a.service" && /MachineOf= .* at most 32/.test(String(error))));
});

test("a machine's record without a lease is ignored", () => {
  const replica = new ClusterReplica(silentLogger);
  const entry = { value: JSON.stringify(machine), createRevision: 1, modRevision: 1 };
  const unleased = ["machine/m1", "departure/m2"].map((key): WatchEvent => ({ type: "put", entry: { ...entry, key } }));
  replica.apply([put("machine/m1", machine, 1), put("departure/m2", "", 1)], 1);
  replica.apply(unleased, 2);
  assert.deepEqual([replica.view.machines.size, replica.view.departed.size], [0, 0]);
  assert.deepEqual([...replica.view.unreadableKeys], ["machine/m1", "departure/m2"]);
  replica.apply([put("machine/m1", machine, 3), { type: "delete", key: "departure/m2", modRevision: 3 }], 3);
  assert.equal(replica.view.machines.size, 1);
  assert.equal(replica.view.unreadableKeys.size, 0);
});

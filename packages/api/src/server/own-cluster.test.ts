import assert from "node:assert/strict";
import { test } from "node:test";
import { type Assignment, currentState } from "@flotilla/model";
import { OwnCluster } from "./own-cluster.ts";

const ID = "a".repeat(32);
const machine = {
  id: ID,
  primaryIP: "10.0.0.1",
  metadata: {},
  version: "1",
  peerPort: 1,
  bootID: "b",
  capacity: { cpus: 1, memoryBytes: 1 },
};

function assigned(unit: string): Assignment {
  const times = {
    leaving: false,
    exclusive: false,
    stopping: false,
    askedAt: 0,
    since: 3,
    revision: 5,
    restart: 0,
    secrets: 0,
  };
  return { unit, machineID: ID, digest: "d", hash: "h", desired: "launched", ...times };
}

const cluster = new OwnCluster({
  machine: () => machine,
  assignments: () => ({
    all: new Map([
      ["a.service", assigned("a.service")],
      ["new.service", assigned("new.service")],
    ]),
    revision: 7,
  }),
  states: () =>
    new Map([
      [
        "a.service",
        {
          ...{ name: "a.service", machineID: ID, hash: "h", load: "loaded", active: "active", sub: "running" },
          ...{ launched: true, restarted: 0, gaveUp: false, cleared: 0, problem: "", secrets: 0 },
        },
      ],
    ]),
  fileOf: async (unit) => {
    if (unit === "new.service") throw Object.assign(new Error("no such file"), { code: "ENOENT", syscall: "open" });
    return "[Unit]\nDescription=A\n[Service]\nExecStart=/bin/true\n";
  },
});

test("an agent's own cluster has its machine, its assigned units and their states, and nothing else", async () => {
  const snapshot = await cluster.fresh();
  assert.equal(snapshot.revision, 7);
  assert.deepEqual([...snapshot.machines.keys()], [ID]);
  assert.deepEqual([...snapshot.units.keys()], ["a.service"]);
  assert.deepEqual([...(snapshot.assignmentsOn.get(ID)?.keys() ?? [])], ["a.service", "new.service"]);
  assert.equal(currentState(snapshot, "a.service"), "launched");
});

test("a unit whose file is not on the host yet counts as unreadable", async () => {
  assert.deepEqual([...(await cluster.fresh()).unreadable], ["new.service"]);
});

test("changes cannot be followed without a server", () => {
  assert.throws(() => cluster.follow(), { code: "unavailable", message: /send a token/ });
});

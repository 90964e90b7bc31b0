import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditUnreadableError, MachineUnreachableError, type RecordedEntry } from "@flotilla/api";
import { ClusterAudit } from "./cluster-audit.ts";

const signal = new AbortController().signal;
const servers = ["m1", "m2", "m3"].map((machineID) => ({
  machineID,
  host: `10.0.0.${machineID}`,
  peerPort: 7333,
  issuer: "i",
}));

function entry(second: number, verb: string): RecordedEntry {
  return { time: `2026-11-30T12:00:0${second}.000Z`, who: "local", verb, result: "done" };
}

/** The audit as server m1 reads it. */
function auditOf(options: Partial<ConstructorParameters<typeof ClusterAudit>[0]>): ClusterAudit {
  return new ClusterAudit({
    machineID: "m1",
    local: { read: async () => [entry(1, "one"), entry(4, "four")] },
    servers: { list: async () => servers },
    client: () => ({
      audit: async ({ machineID }) => {
        if (machineID === "m3") throw new MachineUnreachableError("cannot reach machine m3");
        return [entry(2, "two"), entry(3, "three")];
      },
    }),
    ...options,
  });
}

test("the entries of all servers are merged by time, and a silent server is named", async () => {
  const { entries, missing } = await auditOf({}).read({ limit: 3 }, signal);
  assert.deepEqual(
    entries.map(({ server, verb }) => `${server} ${verb}`),
    ["m2 two", "m2 three", "m1 four"],
  );
  assert.deepEqual(missing, [{ machineID: "m3", message: "cannot reach machine m3" }]);
});

test("a server without a journal, or without a certificate yet, is named", async () => {
  const local = { read: () => Promise.reject(new AuditUnreadableError("no journal")) };
  const { entries, missing } = await auditOf({ local, client: () => undefined }).read({ limit: 3 }, signal);
  assert.deepEqual(entries, []);
  assert.deepEqual(
    missing.map(({ machineID }) => machineID),
    ["m1", "m2", "m3"],
  );
  assert.match(missing[1]?.message ?? "", /has not joined the cluster yet/);
});

test("a programming error is not taken for a missing server", async () => {
  const local = { read: () => Promise.reject(new TypeError("undefined is not a function")) };
  await assert.rejects(auditOf({ local }).read({ limit: 3 }, signal), TypeError);
});

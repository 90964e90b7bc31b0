import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import type { AccessRecord } from "@flotilla/api";
import type { AuditRecord } from "@flotilla/runtime";
import { accessAudit } from "./access-audit.ts";

const done: AccessRecord = {
  ...{
    caller: { kind: "local" },
    from: "",
    via: undefined,
    socket: new Socket(),
    method: "PUT",
    path: "/fleet/v2/units/web%401.service",
  },
  ...{
    demands: [{ verb: "start", unit: "web@1.service" }],
    status: 200,
    revision: 7,
    refusal: undefined,
    error: undefined,
  },
};

function recorded(
  access: Partial<AccessRecord>,
  process = { pid: 42, uid: 1000, user: "alice" as string | undefined },
) {
  const records: AuditRecord[] = [];
  const observe = accessAudit({ record: (record) => void records.push(record) }, () => process);
  observe({ ...done, ...access });
  return records;
}

const token = { kind: "token", id: "abcdefghi0", name: "ci", grant: { role: "admin" } } as const;

const callers: readonly (readonly [AccessRecord["caller"], string, object])[] = [
  [{ kind: "local" }, "", { who: "local", name: "alice", from: "pid 42" }],
  [{ kind: "open" }, "10.0.0.9", { who: "open", from: "10.0.0.9" }],
  [token, "10.0.0.9", { who: "token", name: "ci", tokenID: "abcdefghi0", from: "10.0.0.9" }],
  [token, "", { who: "token", name: "ci", tokenID: "abcdefghi0", from: "socket" }],
  [
    { kind: "certificate", name: "ann", grant: { role: "viewer" } },
    "10.0.0.9",
    { who: "certificate", name: "ann", from: "10.0.0.9" },
  ],
  [{ kind: "machine", machineID: "m1" }, "10.0.0.9", { who: "machine", name: "m1", from: "10.0.0.9" }],
  [undefined, "10.0.0.9", { who: "unknown", from: "10.0.0.9" }],
];

for (const [caller, from, wanted] of callers) {
  test(`a change by ${caller?.kind ?? "a caller without a token"} from ${from || "a unix socket"}`, () => {
    const change = { verb: "start", unit: "web@1.service", result: "done", revision: 7 };
    assert.deepEqual(recorded({ caller, from }), [{ ...wanted, ...change }]);
  });
}

test("a request that an agent forwarded names the agent, whoever made it", () => {
  for (const caller of [token, { kind: "machine", machineID: "m1" } as const, undefined])
    assert.equal(recorded({ caller, from: "10.0.0.9", via: "m1" })[0]?.via, "m1");
  assert.equal(recorded({ caller: token })[0]?.via, undefined);
});

test("a user that the host does not name has a number", () => {
  assert.equal(recorded({}, { pid: 42, uid: 70_000, user: undefined })[0]?.name, "uid 70000");
});

test("a request that does several things is recorded once for each", () => {
  const demands = [
    { verb: "submit", unit: "a.service" },
    { verb: "start", unit: "a.service" },
  ] as const;
  assert.deepEqual(
    recorded({ demands }).map(({ verb, unit }) => `${verb} ${unit}`),
    ["submit a.service", "start a.service"],
  );
});

test("a request about something else than a unit names its path", () => {
  const [record] = recorded({ path: "/fleet/v2/machines/m1/metadata", demands: [{ verb: "metadata" }] });
  assert.deepEqual([record?.unit, record?.object], [undefined, "machines/m1/metadata"]);
});

test("a request that is refused before its verb is known has its method, and the unit of its path", () => {
  const [record] = recorded({ demands: [], status: 401, refusal: "no token", caller: undefined });
  assert.deepEqual(
    [record?.verb, record?.unit, record?.result, record?.reason],
    ["put", "web@1.service", "refused", "no token"],
  );
});

for (const [status, error, result] of [
  [400, "bad-unit-file", "refused"],
  [404, "unit-not-found", "refused"],
  [503, "store-unavailable", "failed"],
  [200, "client-gone", "failed"],
] as const)
  test(`an answer ${status} ${error} is ${result}, with the error's ID as reason`, () => {
    const [record] = recorded({ status, error });
    assert.deepEqual([record?.result, record?.reason, record?.revision], [result, error, undefined]);
  });

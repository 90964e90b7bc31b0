import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "@flotilla/store/memory";
import { testApi } from "./api.fixture.ts";

const FILE = "[Service]\nExecStart=/bin/true\n";

const OPTIONS = [{ section: "Service", name: "ExecStart", value: "/bin/true" }];

/** The store calls for which a request waits when the daemon already has its live copy. */
const REQUESTS: readonly (readonly [
  what: string,
  method: string,
  path: string,
  body: unknown,
  calls: readonly string[],
])[] = [
  ["a new unit", "PUT", "v2/units/new.service", { file: FILE, desiredState: "launched" }, ["txn"]],
  ["another desired state", "PUT", "v2/units/old.service", { desiredState: "launched" }, ["txn"]],
  ["an unchanged unit", "PUT", "v2/units/old.service", { file: FILE, desiredState: "inactive" }, ["txn"]],
  ["a unit to destroy", "DELETE", "v2/units/old.service", undefined, ["txn"]],
  ["an unknown unit to destroy", "DELETE", "v2/units/none.service", undefined, ["range"]],
  ["a unit to show", "GET", "v2/units/old.service", undefined, ["revision"]],
  ["v1, a new unit", "PUT", "v1/units/new.service", { options: OPTIONS, desiredState: "launched" }, ["txn"]],
  ["v1, another desired state", "PUT", "v1/units/old.service", { desiredState: "launched" }, ["txn"]],
  [
    "v1, an unchanged unit",
    "PUT",
    "v1/units/old.service",
    { options: OPTIONS, desiredState: "inactive" },
    ["range", "txn"],
  ],
  ["v1, a unit to destroy", "DELETE", "v1/units/old.service", undefined, ["txn"]],
  ["v1, an unknown unit to destroy", "DELETE", "v1/units/none.service", undefined, ["range"]],
  ["v1, the states", "GET", "v1/state", undefined, ["revision"]],
];

for (const [what, method, path, body, expected] of REQUESTS) {
  test(`${what} makes these calls to the store: ${expected.join(", ")}`, async (t) => {
    const calls: string[] = [];
    const before = async ({ type }: Call): Promise<void> => {
      if (type !== "watch") calls.push(type);
    };
    const api = await testApi(t, { faults: { before } });
    const put = await api.call("PUT", "/fleet/v2/units/old.service", { body: { file: FILE } });
    assert.equal(put.status, 201);
    await api.feed.fresh(new AbortController().signal);
    calls.length = 0;
    const { status } = await api.call(method, `/fleet/${path}`, { body });
    assert.ok(status < 300 || path.includes("none"), String(status));
    assert.deepEqual(calls, expected);
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "@flotilla/store/memory";
import { testApi } from "../api.fixture.ts";

const FILE = "[Service]\nExecStart=/bin/true\n";

/** The store calls for which a request waits when the daemon already has its live copy. */
const REQUESTS: readonly (readonly [
  what: string,
  method: string,
  path: string,
  body: unknown,
  calls: readonly string[],
])[] = [
  ["a new unit", "PUT", "new.service", { file: FILE, desiredState: "launched" }, ["txn"]],
  ["another desired state", "PUT", "old.service", { desiredState: "launched" }, ["txn"]],
  ["an unchanged unit", "PUT", "old.service", { file: FILE, desiredState: "inactive" }, ["txn"]],
  ["a unit to destroy", "DELETE", "old.service", undefined, ["txn"]],
  ["an unknown unit to destroy", "DELETE", "none.service", undefined, ["range"]],
  ["a unit to show", "GET", "old.service", undefined, ["revision"]],
];

for (const [what, method, name, body, expected] of REQUESTS) {
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
    await api.call(method, `/fleet/v2/units/${name}`, { body });
    assert.deepEqual(calls, expected);
  });
}

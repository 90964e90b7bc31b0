import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreUnavailableError } from "../port/store-error.ts";
import { storeError } from "./etcd-error.ts";

const AT = "http://127.0.0.1:2379";

test("a programming error does not count as an outage of etcd", () => {
  const fault = new TypeError("Cannot read properties of undefined (reading 'kv')");
  assert.equal(storeError(fault, AT), fault);
});

test("the reason why etcd cannot be reached is named without the words of gRPC", () => {
  const details =
    "No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:2379. Resolution note: ";
  const error = storeError(Object.assign(new Error(`14 UNAVAILABLE: ${details}`), { code: 14, details }), AT);
  assert.match(
    error.message,
    /^etcd at http:\S+ cannot serve: connect ECONNREFUSED 127\.0\.0\.1:2379; check that etcd/,
  );
});

test("errors of gRPC and its streams count as an outage of etcd", () => {
  const thrown = [
    Object.assign(new Error("14 UNAVAILABLE"), { code: 14, details: "No connection established" }),
    new Error("Channel has been shut down"),
    Object.assign(new Error("Premature close"), { code: "ERR_STREAM_PREMATURE_CLOSE" }),
    Object.assign(new TypeError("13 INTERNAL"), { code: 13, details: "Failed to parse the answer" }),
  ];
  for (const error of thrown) assert.ok(storeError(error, AT) instanceof StoreUnavailableError, error.message);
});

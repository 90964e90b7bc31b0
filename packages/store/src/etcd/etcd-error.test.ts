import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreUnavailableError } from "../port/store-error.ts";
import { storeError } from "./etcd-error.ts";

const AT = "http://127.0.0.1:2379";

test("a programming error does not count as an outage of etcd", () => {
  const fault = new TypeError("Cannot read properties of undefined (reading 'kv')");
  assert.equal(storeError(fault, AT), fault);
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

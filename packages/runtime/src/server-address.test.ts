import assert from "node:assert/strict";
import { test } from "node:test";
import { describeServer, peerAddress } from "./server-address.ts";

test("a server's address has brackets around IPv6", () => {
  assert.equal(describeServer({ host: "s1", port: 7333 }), "s1:7333");
  assert.equal(describeServer({ host: "fd00::1", port: 7333 }), "[fd00::1]:7333");
});

for (const [remoteAddress, wanted] of [
  ["10.0.0.1", "10.0.0.1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::ffff:0:1", "::ffff:0:1"],
  ["fd00::1", "fd00::1"],
  [undefined, ""],
] as const)
  test(`a connection from ${remoteAddress} comes from ${wanted || "a unix socket"}`, () =>
    assert.equal(peerAddress({ remoteAddress }), wanted));

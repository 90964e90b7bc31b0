import assert from "node:assert/strict";
import { test } from "node:test";
import { describeServer } from "@flotilla/runtime";
import { parseServerAddress } from "./server-address.ts";

for (const [text, host, port] of [
  ["s1", "s1", 7333],
  ["s1.example.org:7000", "s1.example.org", 7000],
  ["10.0.0.1", "10.0.0.1", 7333],
  ["10.0.0.1:1", "10.0.0.1", 1],
  ["[fd00::1]", "fd00::1", 7333],
  ["[fd00::1]:65535", "fd00::1", 65_535],
] as const)
  test(`${text} is ${host} port ${port}`, () => {
    assert.deepEqual(parseServerAddress(text), { host, port });
    assert.deepEqual(parseServerAddress(describeServer({ host, port })), { host, port });
  });

for (const text of ["", ":7333", "s1:", "s1:0", "s1:65536", "https://s1:7333", "fd00::1", "[10.0.0.1]", "[s1]", "s 1"])
  test(`${JSON.stringify(text)} is not a server's address`, () => {
    assert.equal(parseServerAddress(text), undefined);
  });

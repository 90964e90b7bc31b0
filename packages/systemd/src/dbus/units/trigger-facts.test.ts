import assert from "node:assert/strict";
import { test } from "node:test";
import { socketOf, timerOf } from "./trigger-facts.ts";

const NOW = { wall: 1_000_000_000_000, monotonic: 50_000_000 };
const NEVER = 18446744073709551615n;

function properties(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }]));
}

for (const [what, values, expected] of [
  ["a calendar timer", { NextElapseUSecRealtime: 2_000_000_000_000n, NextElapseUSecMonotonic: NEVER }, { next: 2e9 }],
  ["a monotonic timer", { NextElapseUSecRealtime: 0n, NextElapseUSecMonotonic: 53_000_000n }, { next: 1e9 + 3_000 }],
  [
    "the earlier of two",
    { NextElapseUSecRealtime: 1_000_001_000_000n, NextElapseUSecMonotonic: 53_000_000n },
    { next: 1e9 + 1_000 },
  ],
  ["a timer that is due", { NextElapseUSecMonotonic: 1n }, { next: 1e9 }],
  [
    "a timer that has elapsed for the last time",
    { NextElapseUSecRealtime: NEVER, LastTriggerUSec: 7_000n },
    { last: 7 },
  ],
  ["a timer that never elapsed", { LastTriggerUSec: 0n }, {}],
] as const) {
  test(`the times of ${what}`, () =>
    assert.deepEqual(timerOf("a.timer", properties({ Unit: "a.service", ...values }), NOW), {
      unit: "a.timer",
      activates: "a.service",
      ...expected,
    }));
}

test("the addresses of a socket", () => {
  const listen = [
    ["Stream", "/run/a.sock"],
    ["Datagram", "[::]:53"],
  ];
  assert.deepEqual(socketOf("a.socket", properties({ Listen: listen }), ["a.service"]), {
    unit: "a.socket",
    activates: ["a.service"],
    listens: [
      { type: "Stream", address: "/run/a.sock" },
      { type: "Datagram", address: "[::]:53" },
    ],
  });
});

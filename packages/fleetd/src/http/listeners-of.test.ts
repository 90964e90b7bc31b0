import assert from "node:assert/strict";
import { test } from "node:test";
import { listenersOf } from "./listeners-of.ts";

const OPTIONS = { listen: [], metrics_listen: [], insecure_api: false };
const TCP = { kind: "tcp", host: "0.0.0.0", port: 49_153 } as const;
const UNIX = { kind: "unix", path: "/run/x.sock" } as const;

for (const [what, options, inherited, entrances] of [
  ["fleet's socket", OPTIONS, [], ["socket"]],
  ["configured addresses", { ...OPTIONS, listen: [UNIX, TCP] }, [], ["socket", "tls"]],
  ["an open API", { ...OPTIONS, listen: [UNIX, TCP], insecure_api: true }, [], ["socket", "open"]],
  ["metrics", { ...OPTIONS, metrics_listen: [TCP] }, [], ["socket", "metrics"]],
  [
    "sockets of systemd",
    { ...OPTIONS, listen: [UNIX] },
    [
      { kind: "inherited", fd: 3, isUnix: true },
      { kind: "inherited", fd: 4, isUnix: false },
    ],
    ["socket", "tls"],
  ],
] as const)
  test(`how callers of ${what} are known`, () => {
    const listeners = listenersOf(options, inherited, "/run/fleet.sock");
    assert.deepEqual(
      listeners.map(({ entrance }) => entrance.kind),
      entrances,
    );
  });

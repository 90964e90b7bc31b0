import assert from "node:assert/strict";
import { test } from "node:test";
import { listenersOf, withoutEffect } from "./listeners-of.ts";

const OPTIONS = { listen: [], metrics_listen: [], insecure_api: false, servers: [] };
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

test("an address for TCP has no effect beside the sockets of systemd", () => {
  const options = { listen: [UNIX, TCP] };
  assert.deepEqual(withoutEffect(options, []), []);
  assert.deepEqual(withoutEffect(options, [{ kind: "inherited", fd: 3, isUnix: true }]), ["tcp://0.0.0.0:49153"]);
});

test("an agent refuses a TCP socket of systemd, and takes a unix socket", () => {
  const agent = { ...OPTIONS, servers: [{ host: "s1", port: 7333 }] };
  const socket = { kind: "inherited", fd: 3, isUnix: true } as const;
  assert.equal(listenersOf(agent, [socket], "/run/fleet.sock").length, 1);
  assert.throws(() => listenersOf(agent, [socket, { ...socket, fd: 4, isUnix: false }], "/run/fleet.sock"), {
    code: "bad-config",
    message: /descriptor 4\) together with servers=: it is a TCP socket.*remove ListenStream=/,
  });
});

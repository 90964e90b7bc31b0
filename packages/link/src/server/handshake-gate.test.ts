import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { suite, test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { HandshakeGate } from "./handshake-gate.ts";

const limits = { handshakes: 2, handshakeMs: 500, waitingHandshakes: 3, handshakeWaitMs: 4_000 };

function start() {
  const clock = new ManualClock();
  const begun: string[] = [];
  const gate = new HandshakeGate({ clock, limits, begin: ({ remotePort }) => begun.push(String(remotePort)) });
  const connect = (remotePort: number) => {
    const socket = Object.assign(new PassThrough(), { remoteAddress: "::1", remotePort });
    gate.add(socket as unknown as Socket);
    return Object.assign(socket, { ended: () => gate.ended(socket as unknown as Socket) });
  };
  /** Connects, and sends the first bytes. */
  const arrive = async (remotePort: number) => {
    const socket = connect(remotePort);
    socket.write("hello");
    await clock.advance(1);
    return socket;
  };
  return { clock, begun, connect, arrive };
}

suite("the gate before TLS handshakes", () => {
  test("begins a few, and then the newest first", async () => {
    const { clock, begun, arrive } = start();
    const [first, second] = [await arrive(1), await arrive(2)];
    for (const port of [3, 4, 5]) await arrive(port);
    assert.deepEqual(begun, ["1", "2"]);
    first.ended();
    second.destroy();
    await clock.advance(1);
    assert.deepEqual(begun, ["1", "2", "5", "4"]);
  });

  test("is not held up by silent connections, nor for long by slow ones", async () => {
    const { clock, begun, connect, arrive } = start();
    const silent = Array.from({ length: 100 }, (_, index) => connect(index));
    for (const port of [101, 102, 103]) await arrive(port);
    assert.deepEqual(begun, ["101", "102"]);
    await clock.advance(500);
    assert.deepEqual(begun, ["101", "102", "103"]);
    await clock.advance(4_000);
    assert.ok(silent.every(({ destroyed }) => destroyed));
  });

  test("drops the oldest of too many, and those that have waited too long", async () => {
    const { clock, begun, arrive } = start();
    const sockets = [];
    for (let port = 1; port <= 6; port += 1) sockets.push(await arrive(port));
    assert.deepEqual(
      sockets.map(({ destroyed }) => destroyed),
      [false, false, true, false, false, false],
    );
    for (let ms = 0; ms < 4_100; ms += 100) {
      // New connections take the slots of those that end.
      await arrive(100 + ms);
      await clock.advance(99);
    }
    assert.ok(sockets.slice(3).every(({ destroyed, remotePort }) => destroyed || begun.includes(String(remotePort))));
    assert.ok(sockets[3]?.destroyed);
  });
});

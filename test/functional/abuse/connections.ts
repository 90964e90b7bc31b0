import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Attack } from "./attack.ts";

/** Opens a connection whose errors are ignored. */
export function connect(socketPath: string): Socket {
  const socket = createConnection(socketPath);
  socket.on("error", () => {});
  return socket;
}

async function hold(sockets: readonly Socket[], ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
  for (const socket of sockets) socket.destroy();
}

/** Connections that send half a header or the first bytes of a body, then nothing. */
export const halfSent: Attack = {
  name: "half-sent requests",
  pauseMs: 100,
  strike: async ({ socketPath, random }, signal) => {
    const beginnings = [
      "GET /fleet/v2/units HTTP/1.1\r\nHost: fleet\r\nX-Slow: ",
      "PUT /fleet/v2/units/slow.service HTTP/1.1\r\nHost: fleet\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
      "GET /fleet/v2/units HTTP/1.1\r\n",
    ];
    const sockets = Array.from({ length: 100 }, () => connect(socketPath));
    for (const socket of sockets) socket.write(random.pick(beginnings));
    await hold(sockets, 5_000, signal);
  },
};

/** Hundreds of connections at once that close without a request. */
export const flood: Attack = {
  name: "connection floods",
  pauseMs: 500,
  strike: async ({ socketPath }, signal) => {
    const sockets = Array.from({ length: 300 }, () => connect(socketPath));
    await Promise.race([Promise.all(sockets.map((socket) => once(socket, "connect"))), delay(2_000)]).catch(() => {});
    await hold(sockets, 100, signal);
  },
};
